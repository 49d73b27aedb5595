import type { DomainRef } from '../../model/domain.ts';
import type { Command } from '../command.ts';
import { list } from './list.ts';

/** All domains, those that are off too. */
export const listAll: Command<readonly DomainRef[]> = {
  words: ['list', '--all', '--uuid', '--name'],
  parse: list.parse,
};
