export { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from './embedded/start.js';
