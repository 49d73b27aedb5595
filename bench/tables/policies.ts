import { policies } from '../../src/balance/policies/index.ts';
import { markdown } from '../support/document.ts';
import { hundredths, nameOf, scenarioFiles, simulate } from '../support/run.ts';

const first = ['threshold', 'absolute', 'stddev', 'busiest', 'lightest', 'spread', 'none'];

/** All policies, in the order of the tables. */
export const policyNames = [
  ...first.filter((name) => Object.hasOwn(policies, name)),
  ...Object.keys(policies).filter((name) => !first.includes(name)),
];

/** Every policy on every scenario. */
export function policyTable(): readonly string[] {
  const files = [...scenarioFiles('standard'), ...scenarioFiles('.')].filter(
    (file) => !/demo|odd-names/.test(file),
  );
  const rows = files.map((file) => {
    const options = ['--policy', 'all', ...(/slow-day/.test(file) ? ['--interval', '30'] : [])];
    const results = simulate([file], options);
    const cells = policyNames.map((policy) => {
      const result = results.find((each) => each.policy === policy);
      if (result === undefined) return '';
      const { excessPct, moves, balancedByFirstDecision } = result;
      return `${hundredths(excessPct)} / ${moves}${balancedByFirstDecision ? '' : ' !'}`;
    });
    return [nameOf(file), ...cells];
  });
  return [markdown(['scenario', ...policyNames], rows)];
}
