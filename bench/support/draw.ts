/** Numbers by chance that can be repeated: each call gives one from `least` to below `most`. */
export function drawFrom(seed: number): (least: number, most: number) => number {
  let state = seed;
  return (least, most) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return least + ((most - least) * state) / 2 ** 32;
  };
}
