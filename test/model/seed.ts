// SPDX-License-Identifier: MIT

/** The seed that an environment variable gives, else a new one; said, so that the run can be repeated. */
export function seedOf(variable: string): number {
  const seed = Number(process.env[variable] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`${variable}=${seed}\n`);
  return seed;
}

/** How many cases to try: the number in an environment variable, else `usual`. */
export function countOf(variable: string, usual: number): number {
  return Number(process.env[variable] ?? usual);
}
