// SPDX-License-Identifier: MIT
import { Authority } from "./authority";
import { lineLength, MOST_BYTES, MOST_LINES, Request } from "./request";
import { Reason, Verdict } from "./verdict";

/**
 * Decides on a request. Authority comes first and in the order of the extents, as with shadow; then what
 * the kernel would answer with a bare EINVAL.
 *
 * @param request extents whose numbers are in range: count at least 1, no end beyond NO_ID
 * @param own the caller's own id of the request's kind
 * @param zero whether outside id 0 may be mapped at all
 * @param authority what the tables say of the request's kind of ids, of at least the outside ids asked for
 */
export function decide(request: Request, own: u64, zero: bool, authority: Authority): Verdict {
  const verdict = authorise(request, own, zero, authority);
  if (verdict.allowed && !findOverlap(request, verdict)) findExcess(request, verdict);
  return verdict;
}

/** Decides whether the caller may have the outside ids, and on nothing else. The parameters are those of `decide`. */
export function authorise(request: Request, own: u64, zero: bool, authority: Authority): Verdict {
  const verdict = new Verdict();
  for (let i = 0; i < request.length; i++) {
    if (!authoriseExtent(request, i, own, zero, authority, verdict)) break;
  }
  return verdict;
}

/** Whether two extents share an id on either side; the verdict then says which. */
export function findOverlap(request: Request, verdict: Verdict): bool {
  if (overlaps(request.inside, request.count, verdict)) verdict.reason = Reason.InsideOverlap;
  else if (overlaps(request.outside, request.count, verdict)) verdict.reason = Reason.OutsideOverlap;
  return !verdict.allowed;
}

/** Whether the map is more than the kernel takes; the verdict then says of what. */
export function findExcess(request: Request, verdict: Verdict): bool {
  if ((request.length as u32) > MOST_LINES) verdict.reason = Reason.TooManyExtents;
  else if (textLength(request) > MOST_BYTES) verdict.reason = Reason.TooLong;
  return !verdict.allowed;
}

/** Whether the caller may have the outside ids of one extent; says why not in the verdict. */
function authoriseExtent(
  request: Request,
  index: i32,
  own: u64,
  zero: bool,
  authority: Authority,
  verdict: Verdict,
): bool {
  const outside = request.outside[index];
  const end = request.outsideEnd(index);
  verdict.extent = index;
  // Whatever a line says: host root is nobody's sub-id (the line `alice:0:0` of shadow before 4.20).
  if (outside == 0 && !zero) {
    verdict.reason = Reason.OutsideRoot;
    return false;
  }
  if (authority.denied.firstPresent(outside, end) < end) verdict.denies = true;
  const missing = authority.grants.firstMissing(outside, end);
  const barred = authority.barred.firstPresent(outside, end);
  if (missing == end && barred == end) {
    verdict.granted = true;
    return true;
  }
  // new_idmap_permitted of kernel/user_namespace.c would let him map it without us.
  if (outside == own && request.count[index] == 1) return true;
  if (missing < end) {
    verdict.reason = Reason.NotGranted;
    verdict.missing = missing;
    verdict.missingEnd = authority.grants.firstPresent(missing, end);
  } else {
    verdict.reason = Reason.Restricted;
    verdict.missing = barred;
    verdict.missingEnd = authority.barred.firstMissing(barred, end);
  }
  return false;
}

/** Whether two of the ranges [start, start + count) share an id; the verdict then names both, in argv order. */
function overlaps(starts: StaticArray<u64>, counts: StaticArray<u64>, verdict: Verdict): bool {
  const order = sorted(starts);
  for (let i = 1; i < order.length; i++) {
    const before = order[i - 1];
    const after = order[i];
    if (starts[before] + counts[before] > starts[after]) {
      verdict.extent = max(before, after);
      verdict.other = min(before, after);
      return true;
    }
  }
  return false;
}

/** The indices in ascending order of their starts. Insertion sort: maps come sorted or nearly so. */
function sorted(starts: StaticArray<u64>): StaticArray<i32> {
  const order = new StaticArray<i32>(starts.length);
  for (let i = 0; i < order.length; i++) {
    let at = i;
    while (at > 0 && starts[order[at - 1]] > starts[i]) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = i;
  }
  return order;
}

/** How many bytes the map is as text. */
export function textLength(request: Request): u32 {
  let bytes: u32 = 0;
  for (let i = 0; i < request.length; i++) {
    bytes += lineLength(request.inside[i], request.outside[i], request.count[i]);
  }
  return bytes;
}
