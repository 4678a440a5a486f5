const DATABASE = 'countersign';
const SHELF = 'keys';

/** Where a page keeps its key between visits. */
export interface KeyShelf {
  /** The pair that is kept, or `made` from now on: of two pages that make one at once, both get the same. */
  keep(name: string, made: () => Promise<CryptoKeyPair>): Promise<CryptoKeyPair>;
}

/** Keys in IndexedDB, which stores what a script may use but not read out (Web Cryptography §5.2, structured clone). */
export class IndexedDbShelf implements KeyShelf {
  async keep(name: string, made: () => Promise<CryptoKeyPair>): Promise<CryptoKeyPair> {
    const database = await open();
    try {
      const kept = await settled<CryptoKeyPair | undefined>(shelfOf(database, 'readonly').get(name));
      if (kept) return kept;
      const pair = await made();
      const shelf = shelfOf(database, 'readwrite');
      const meanwhile = await settled<CryptoKeyPair | undefined>(shelf.get(name));
      if (meanwhile) return meanwhile;
      await settled(shelf.put(pair, name));
      return pair;
    } finally {
      database.close();
    }
  }
}

const shelfOf = (database: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore =>
  database.transaction(SHELF, mode).objectStore(SHELF);

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore(SHELF);
  return settled(request);
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as Error);
  });
