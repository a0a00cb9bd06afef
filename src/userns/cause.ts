// SPDX-License-Identifier: MIT
import { EACCES, EINVAL, ENOENT, EPERM, errnoText } from "../text/errno";

export { EACCES, EINVAL, ENOENT, EPERM };

const ENXIO: i32 = 6;
export const ENOEXEC: i32 = 8;
export const ENOSPC: i32 = 28;
export const ENOSYS: i32 = 38;
export const EUSERS: i32 = 87;
export const EOPNOTSUPP: i32 = 95;

/** The C library's words for an errno, also for those that only a program to be run can meet. */
export function causeText(errno: i32): string {
  switch (errno) {
    case 7:
      return "Argument list too long";
    case ENXIO:
      return "No such device or address";
    case ENOEXEC:
      return "Exec format error";
    case 11:
      return "Resource temporarily unavailable";
    case 16:
      return "Device or resource busy";
    case 19:
      return "No such device";
    case 21:
      return "Is a directory";
    case 26:
      return "Text file busy";
    case 32:
      return "Broken pipe";
    case 36:
      return "File name too long";
    case 107:
      return "Transport endpoint is not connected";
    case EUSERS:
      return "Too many users";
    case EOPNOTSUPP:
      return "Operation not supported";
    default:
      return errnoText(errno);
  }
}
