import type { Target } from '../support/fuzz-loop.ts';
import { files } from './files.ts';
import { names } from './names.ts';
import { outputs } from './outputs.ts';
import { settings } from './settings.ts';
import { virshAnswers } from './virsh-answers.ts';

export const targets: readonly Target[] = [...virshAnswers, ...names, ...files, ...settings, ...outputs];
