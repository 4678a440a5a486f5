import type { DeliveredMessage, EventMessage } from '@countersign/event-bus';
import { isUuid } from '@countersign/kernel';
import kafkajs, { type IHeaders, type KafkaMessage, type Message } from 'kafkajs';
import { UNREADABLE, UNREADABLE_CODES } from './unreadable-batch.js';

const javaPartitioner = kafkajs.Partitioners.DefaultPartitioner();

/** The partition of a tenant's events, as every client of Kafka would choose it: murmur2 of the key. */
export const partitionOf = (tenant: string, count: number): number =>
  javaPartitioner({
    topic: '',
    partitionMetadata: Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      ...{ partitionErrorCode: 0, leader: 0, replicas: [], isr: [] },
    })),
    message: { key: tenant, value: null },
  });

/** The value is the leaf, byte for byte; what stands beside it are headers. */
export const recordOf = ({ eventId, tenant, type, leaf, sealed }: EventMessage, partition: number): Message => ({
  key: tenant,
  value: Buffer.from(leaf),
  partition,
  headers: { id: eventId, type, ...(sealed && { sealed: Buffer.from(sealed) }) },
});

const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Reads a record back. What is not in our form is handed on as far as it goes, under ids that fit no leaf: the consumer puts it
 * into quarantine like any event it cannot read.
 */
export function deliveredOf({ key, value, headers = {}, offset, timestamp }: KafkaMessage): DeliveredMessage {
  const [tenant, type] = [key?.toString() ?? '', textOf(headers, 'type')];
  const [sealed, unreadable] = [headers['sealed'], textOf(headers, UNREADABLE)];
  return {
    offset: BigInt(offset),
    writtenAt: Number(timestamp),
    eventId: eventIdOf({ headers }),
    tenant: isUuid(tenant) ? tenant : NOBODY,
    type,
    leaf: value ?? new Uint8Array(),
    ...(UNREADABLE_CODES.has(unreadable) && { unreadable }),
    ...(Buffer.isBuffer(sealed) && { sealed }),
  };
}

/** As a reader is told it, and keeps it: a record without an id is known again as one. */
export function eventIdOf({ headers = {} }: Pick<KafkaMessage, 'headers'>): string {
  const id = textOf(headers, 'id');
  return isUuid(id) ? id : NOBODY;
}

function textOf(headers: IHeaders, name: string): string {
  const value = headers[name];
  return Buffer.isBuffer(value) ? value.toString() : '';
}

/** Near enough for the limits of a batch. */
export const sizeOf = ({ leaf, sealed, type }: EventMessage): number =>
  leaf.length + (sealed?.length ?? 0) + type.length + 128;
