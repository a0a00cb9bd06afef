// SPDX-License-Identifier: MIT
//
// The types of AssemblyScript in which src/host.ts declares the boundary, as JavaScript sees them on its side
// of it: an array is the address of its first byte in the module's memory.
type u8 = number;
type u32 = number;
type i32 = number;
type i64 = bigint;
type f64 = number;
type bool = number;
type StaticArray<T> = number & { readonly element?: T };
