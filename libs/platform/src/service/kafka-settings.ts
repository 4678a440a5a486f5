import { z } from 'zod';

const BROKERS = /^$|^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/;
const PREFIX = /^[a-zA-Z0-9._-]{0,100}$/;
const file = z.string().min(1, 'is empty; it is the path of a file').optional();

/** How a service reaches Kafka; without brokers the event bus is in PostgreSQL. */
export const kafkaSettings = {
  kafkaBrokers: z
    .string()
    .regex(BROKERS, 'is not host:port,host:port')
    .default('')
    .describe('host:port of some Kafka brokers, by commas; empty: the event bus is in PostgreSQL'),
  kafkaTls: z
    .enum(['required', 'off'])
    .default('required')
    .describe('whether connections to Kafka are encrypted; off is for brokers on loopback only'),
  kafkaCaFile: file.describe('path of the authorities of the brokers, PEM; absent: those that Node.js trusts'),
  kafkaUsername: z.string().min(1).optional().describe('user for SCRAM-SHA-512; absent: none'),
  kafkaPasswordFile: file.describe('path of a file holding the password of that user'),
  kafkaTopicPrefix: z
    .string()
    .regex(PREFIX, 'has characters that Kafka does not take')
    .default('countersign.')
    .describe('stands before the names of topics and consumer groups, so that a cluster can be shared'),
  kafkaReplication: z
    .enum(['required', 'development'])
    .default('required')
    .describe('development accepts topics that one broker holds: what it acknowledged can be lost with it'),
};
