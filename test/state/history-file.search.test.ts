import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addToHistory, readHistory } from '../../src/state/history-file.ts';
import { fileOf, move, newPlace } from './history.ts';

test('loses no more than the line that is cut short, wherever that is', async () => {
  const place = newPlace();
  await addToHistory(place, [move(1), move(2)]);
  const whole = readFileSync(fileOf(place), 'utf8');
  const second = whole.indexOf('\n') + 1;
  for (let length = second; length < whole.length; length++) {
    writeFileSync(fileOf(place), whole.slice(0, length));
    await addToHistory(place, [move(3)]);
    const kept = (await readHistory(place)).map(({ key }) => key);
    expect(kept).toEqual(length === whole.length - 1 ? ['r-1', 'r-2', 'r-3'] : ['r-1', 'r-3']);
  }
});
