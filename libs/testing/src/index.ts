export * from './authenticator/index.js';
export { crlExtensions, signCrl, type TestCrl } from './metadata/crl.js';
export {
  METADATA_SIGNER,
  MetadataIssuer,
  TestMetadataService,
  metadataPayload,
  signBlob,
  type MetadataCertificate,
  type TestMetadataEntry,
} from './metadata/metadata-service.js';
export * from './foreign-credential.js';
