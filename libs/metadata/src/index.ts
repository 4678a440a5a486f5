export type { BlobTrust } from './blob/chain.js';
export { MAX_BLOB_BYTES } from './blob/jws.js';
export { BlobRefused, type BlobFault } from './blob/refused.js';
export { verifyBlob, type BlobInput } from './blob/verify-blob.js';
export * from './model/checks.js';
export * from './model/entry.js';
export { MetadataIndex, ONLY_CLAIMED, type Model } from './model/metadata-index.js';
export * from './model/statuses.js';
export { verifyBlobOffThread } from './verify-off-thread.js';
