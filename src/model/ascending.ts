/**
 * Positions of values that are not negative, ascending; of equals the first comes first. Numbers that hold the value
 * and the position are sorted without a comparison function, and what rounding has put wrong is put right.
 */
export function ascending(values: Float64Array): Int32Array {
  const positions = 2 ** 20;
  let most = 1e-9;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  const packed = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++)
    packed[i] = Math.floor(((values[i] as number) / most) * 2 ** 32) * positions + i;
  packed.sort();
  const order = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const own = (packed[i] as number) % positions;
    const value = values[own] as number;
    let at = i;
    for (; at > 0; at--) {
      const other = order[at - 1] as number;
      const otherValue = values[other] as number;
      if (otherValue < value || (otherValue === value && other < own)) break;
      order[at] = other;
    }
    order[at] = own;
  }
  return order;
}
