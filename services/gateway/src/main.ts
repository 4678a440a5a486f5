import { runService } from '@countersign/platform';
import { service } from './service.js';

await runService(service);
