import { fileURLToPath } from 'node:url';
import { API_CONTROLLERS } from '../controllers/index.js';
import { endpointsOf } from '../http/endpoint.js';
import { openApiDocument } from './document.js';
import { errorsMarkdown } from './errors-page.js';

/** A document that stands in the repository as well as being served. */
export interface CommittedDocument {
  file: string;
  text: string;
}

const docs = (name: string): string => fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));

export const committedOpenApi = (): CommittedDocument => ({
  file: docs('integrators/openapi.json'),
  text: `${JSON.stringify(openApiDocument(endpointsOf(API_CONTROLLERS)), undefined, 2)}\n`,
});

export const committedErrors = (): CommittedDocument => ({ file: docs('errors.md'), text: errorsMarkdown() });
