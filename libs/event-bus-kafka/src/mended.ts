import { decodeFetch } from './fetched.js';
import { fetchResponse, RequestQueue } from './kafkajs-inside.js';

/** What kafkajs 2.2.4 gets wrong and offers no setting for. Repeating it changes nothing. */
export function mendClient(): void {
  fetchResponse.decode = decodeFetch;
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleWhatWaits;
}

const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;

/** As it was, each connection on which nothing waits sets a timer of a negative time, a thousand times a second, and Node warns of it. */
function scheduleWhatWaits(this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
}
