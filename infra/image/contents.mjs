// Which files of a package the image holds.

/** Of a workspace: what the build wrote, and what is read beside it. */
const OWN = /^(?:package\.json$|dist\/|anchors\/|assets\/|migrations\/|prisma\/migrations\/|sql\/)/;
const OWN_UNREAD = /\.md$|\.spec\.[cm]?js(?:\.map)?$/;
/** What tests of other workspaces import, by the subpath `testing`. */
const OWN_TESTING = /(?:^|\/)testing(?:-[\w-]+)?\.js(?:\.map)?$/;

/** Types, sources, maps, texts for people, settings of editors. Licences stay. */
const UNREAD = /\.(?:[cm]?tsx?|map|md|markdown|flow|html|sh|tsbuildinfo)$|(?:^|\/)\./i;
const UNREAD_FOLDERS = /^(?:benchmarks?|coverage|docs?|examples?)\//;
const TESTS = /(?:^|\/)(?:__tests__|tests?|specs?)\/|\.(?:spec|test)\.[cm]?js$/;

/** What else a package brings that nothing here loads, by the path inside it. */
const LEFT_OUT = [
  // Compilers for other databases, for other module formats, and the small variant: 60 MB.
  [
    /^@prisma\/client$/,
    /^runtime\/(?:query_compiler_(?!fast_bg\.postgresql\.).*|.*\.wasm-base64\.js|wasm-compiler-.*)$/,
  ],
  // The same modules for bundlers; Node loads build/src.
  [/^@opentelemetry\//, /^build\/(?:esm|esnext)\//],
  [/^@(?:azure|azure-rest|typespec)\//, /^dist\/(?:browser|react-native|workerd)\//],
  // Sources and steps of the compilation.
  [/^pkcs11js$/, /^(?:binding\.gyp$|includes\/|src\/|build\/(?!Release\/pkcs11\.node$))/],
];

/**
 * Whether a file of a package goes into the image.
 * @param {{name: string, own: boolean}} package_
 * @param {string} path inside the package, with slashes
 */
export function isKept({ name, own }, path) {
  if (own) return OWN.test(path) && ![OWN_UNREAD, OWN_TESTING].some((unread) => unread.test(path));
  if ([UNREAD, UNREAD_FOLDERS, TESTS].some((unread) => unread.test(path))) return false;
  return !LEFT_OUT.some(([packages, files]) => packages.test(name) && files.test(path));
}
