import { describe, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { maintenanceEnd } from '../../src/model/pause.ts';

const windows = (...maintenance: readonly string[]) => readSettings({ maintenance }).maintenance;
/** A Friday, unless it says another day of November 2026. */
const at = (time: string, day = 27) => new Date(`2026-11-${day} ${time}`);

describe('a maintenance window', () => {
  test.each<[string, Date, Date | undefined]>([
    ['12:00-13:00', at('11:59:59'), undefined],
    ['12:00-13:00', at('12:00'), at('13:00')],
    ['12:00-13:00', at('12:59:59'), at('13:00')],
    ['12:00-13:00', at('13:00'), undefined],
    ['Fri 01:00-05:00', at('02:00'), at('05:00')],
    ['Sat,Sun 01:00-05:00', at('02:00'), undefined],
    ['sat,sun 01:00-05:00', at('02:00', 28), at('05:00', 28)],
    ['Fri-Mon 1:00-5:00', at('02:00', 30), at('05:00', 30)],
    ['Fri-Mon 1:00-5:00', at('02:00', 26), undefined],
    ['Thu 22:00-06:00', at('03:00'), at('06:00')],
    ['Thu 22:00-06:00', at('23:00'), undefined],
    ['Fri 22:00-06:00', at('03:00'), undefined],
    ['Fri 22:00-06:00', at('23:00'), at('06:00', 28)],
    ['00:00-24:00', at('15:00'), at('00:00', 28)],
    ['08:00-08:00', at('07:00'), at('08:00')],
  ])('%s at %s ends at %s', (window, time, end) => {
    expect(maintenanceEnd(windows(window), time)).toBe(end?.getTime());
  });

  test('of several the last end counts', () => {
    expect(maintenanceEnd(windows('12:00-13:00', 'Fri 11:00-15:00', '01:00-02:00'), at('12:30'))).toBe(
      at('15:00').getTime(),
    );
  });

  test.each([
    '',
    'noon',
    'Sat',
    '25:00-26:00',
    '12:60-13:00',
    'Xyz 01:00-02:00',
    'Mon-Tue-Wed 01:00-02:00',
    '1-2',
  ])("'%s' is none", (text) => {
    expect(() => windows(text)).toThrow(/--maintenance/);
  });
});
