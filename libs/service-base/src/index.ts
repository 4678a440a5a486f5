export * from './key-lock.js';
export { checkKeySettings, keySettings, type KeyDriver, type KeySettings } from './key-settings.js';
export * from './keys.js';
export { readDatabaseUrl } from './database-url.js';
export { manifestLog } from './manifest-log.js';
export { isLoopback, kafkaConnectionOf } from './kafka-connection.js';
export * from './service-base.js';
export * from './snapshot-store.js';
export * from './erasing.js';
