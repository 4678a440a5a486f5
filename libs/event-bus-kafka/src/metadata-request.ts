/** Of a topic, as the brokers tell it. */
export interface TopicFacts {
  /** UUID of the topic; a topic deleted and made again has another. */
  id: string;
  partitions: { id: number; replicas: number }[];
}

export interface ClusterFacts {
  clusterId: string;
  /** Absent: there is no such topic, or this user may not know of it. */
  topic?: TopicFacts;
}

const METADATA = 3;
/** The first version that tells topic ids and takes names; kafkajs stops at version 6. */
const VERSION = 12;

/** Metadata of one topic in the flexible encoding, as a request kafkajs can send (Kafka protocol, key 3, version 12). */
export const metadataRequest = (topic: string) => ({
  request: {
    apiKey: METADATA,
    apiVersion: VERSION,
    apiName: 'Metadata',
    encode: async () => {
      const buffer = requestBody(topic);
      return { buf: buffer, buffer, size: () => buffer.length };
    },
  },
  response: { decode: async (bytes: Buffer) => readFacts(bytes), parse: async (facts: ClusterFacts) => facts },
});

/** The tags of the header, then: one topic by name, no creation, no authorised operations. */
function requestBody(topic: string): Buffer {
  const name = Buffer.from(topic);
  const none = Buffer.alloc(16);
  return Buffer.concat([Buffer.from([0, 2]), none, varint(name.length + 1), name, Buffer.from([0, 0, 0, 0])]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** Reads the flexible encoding front to back. */
class Reader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  #step(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }

  int16 = (): number => this.bytes.readInt16BE(this.#step(2));
  int32 = (): number => this.bytes.readInt32BE(this.#step(4));
  flag = (): boolean => this.bytes.readInt8(this.#step(1)) !== 0;
  uuid = (): string => this.bytes.subarray(this.#step(16), this.#at).toString('base64url');

  length(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes.readUInt8(this.#step(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value - 1;
    }
  }

  text(): string {
    const length = this.length();
    return length < 0 ? '' : this.bytes.subarray(this.#step(length), this.#at).toString();
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(this.length(), 0) }, read);
  }

  tags(): void {
    for (let left = this.length() + 1; left > 0; left--) {
      this.length();
      this.#step(this.length() + 1);
    }
  }
}

function readFacts(bytes: Buffer): ClusterFacts {
  const reader = new Reader(bytes);
  reader.tags();
  reader.int32();
  reader.list(() => [reader.int32(), reader.text(), reader.int32(), reader.text(), reader.tags()]);
  const clusterId = reader.text();
  reader.int32();
  const [topic] = reader.list(() => readTopic(reader));
  return { clusterId, ...(topic && { topic }) };
}

function readTopic(reader: Reader): TopicFacts | undefined {
  const error = reader.int16();
  reader.text();
  const id = reader.uuid();
  reader.flag();
  const partitions = reader.list(() => readPartition(reader));
  reader.int32();
  reader.tags();
  return error === 0 ? { id, partitions } : undefined;
}

function readPartition(reader: Reader): TopicFacts['partitions'][number] {
  reader.int16();
  const id = reader.int32();
  reader.int32();
  reader.int32();
  const [replicas] = [reader.list(reader.int32), reader.list(reader.int32), reader.list(reader.int32)];
  reader.tags();
  return { id, replicas: replicas.length };
}
