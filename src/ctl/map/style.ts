// SPDX-License-Identifier: MIT
//
// The look of the SVG: all is grey and blue, which everybody tells from the one red there is.

/** The rules of its style sheet. */
export const style = `
text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #24292f; white-space: pre }
.title { font-size: 18px; font-weight: 600 }
.heading { font-size: 15px; font-weight: 600 }
.muted, .tick { fill: #6a737d }
.muted { font-size: 12px }
.tick { font-size: 11px }
.alarm, .collisions, .colliding { fill: #b3000c; font-weight: 600 }
.flag { fill: #fff; font-weight: 700; text-anchor: middle }
.paper { fill: #fff }
.row { fill: #f6f7f9 }
.axis { stroke: #8b949e; fill: none }
.break { stroke: #8b949e; fill: none; stroke-width: 1.3 }
.band { fill: #d7191c; fill-opacity: 0.13 }
.box { fill: #fdecec; stroke: #d7191c; stroke-width: 1.5 }
.collision { fill: #d7191c }
.convention { fill: #d0d5db; stroke: #fff; stroke-width: 0.5 }
.account { fill: #7d8794 }
.granted { fill: #a9c3de }
.live { fill: #2f6090 }
.reserved { fill: url(#hatch); stroke: #8b949e }
.stripe { stroke: #8b949e; stroke-width: 2 }
.on-disk { fill: none; stroke: #6f94ba; stroke-width: 1.5 }
.slices { fill: none; stroke: #6f94ba; stroke-dasharray: 3 2 }
.free { fill: none; stroke: #8b949e; stroke-dasharray: 2 2; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #d8dee6 }
.muted, .tick { fill: #8d97a3 }
.alarm, .collisions, .colliding { fill: #ff7b72 }
.flag { fill: #fff }
.paper { fill: #0f1318 }
.row { fill: #161b22 }
.box { fill: #32151a; stroke: #ff4d4f }
.band { fill: #ff4d4f; fill-opacity: 0.2 }
.collision { fill: #f5343a }
.convention { fill: #3a424c; stroke: #0f1318 }
.account { fill: #8b949e }
.granted { fill: #33506e }
.live { fill: #7fb2e5 }
.free { stroke: #7d8794 }
}
`;
