import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { UnreadableBatch } from './unreadable-batch.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Uncompressed, of one batch. What this adapter writes has half a MiB; a batch that is far larger means to do harm. */
const MOST_BYTES = 32 * 1024 * 1024;

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

type Unpack = (buffer: Buffer, limits: { maxOutputLength: number }) => Promise<Buffer>;

const codecOf = (pack: (buffer: Buffer) => Promise<Buffer>, unpack: Unpack) => (): Codec => ({
  compress: ({ buffer }) => pack(buffer),
  decompress: (buffer) =>
    unpack(buffer, { maxOutputLength: MOST_BYTES }).then(alone, (error: { code?: string }) => {
      throw new UnreadableBatch(error.code === 'ERR_BUFFER_TOO_LARGE' ? 'batch_too_large' : 'batch_corrupt');
    }),
});

/** However few bytes there are, Node leaves them in 64 KiB, which are kept for as long as they are. */
const alone = (unpacked: Buffer): Buffer => Buffer.from(new Uint8Array(unpacked).buffer);

const unknown = (): Codec => ({
  compress: () => Promise.reject(new Error('this adapter does not write with this codec')),
  decompress: () => Promise.reject(new UnreadableBatch('codec_unknown')),
});

/** kafkajs knows the codes of all codecs and brings gzip alone; Node brings zstd as well. Nothing of ours uses the other two. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = codecOf(promisify<Buffer, Buffer>(gzip), promisify(gunzip) as Unpack);
  CompressionCodecs[CompressionTypes.ZSTD] = codecOf(
    promisify<Buffer, Buffer>(zstdCompress),
    promisify(zstdDecompress) as Unpack,
  );
  CompressionCodecs[CompressionTypes.Snappy] = unknown;
  CompressionCodecs[CompressionTypes.LZ4] = unknown;
}
