import { writeFileSync } from 'node:fs';
import { committedErrors, committedOpenApi } from './openapi/committed.js';

for (const { file, text } of [committedOpenApi(), committedErrors()]) writeFileSync(file, text);
