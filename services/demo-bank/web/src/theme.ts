import { Badge, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const moor: MantineColorsTuple = [
  '#e7f5f1',
  '#cfeae3',
  '#a3d8cb',
  '#74c5b2',
  '#4db59e',
  '#2c9d86',
  '#17826d',
  '#0b6f5e',
  '#095b4e',
  '#06473d',
];

/** Greys with a trace of the brand's green; index 7 is the page, 6 a card. */
const dark: MantineColorsTuple = [
  '#e6ecea',
  '#c3cdca',
  '#a5b1ae',
  '#7d8a87',
  '#47534f',
  '#37423f',
  '#1e2725',
  '#141b19',
  '#0f1513',
  '#0a0f0d',
];

export const theme = createTheme({
  colors: { moor, dark },
  primaryColor: 'moor',
  primaryShade: { light: 7, dark: 6 },
  respectReducedMotion: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  components: { Badge: Badge.extend({ defaultProps: { tt: 'none', radius: 'sm', size: 'lg', fw: 600 } }) },
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.75rem', lineHeight: '1.2' }, h2: { fontSize: '1.2rem' } },
  },
});

/** Secondary text, placeholders and errors reach 4.5 : 1 in both schemes (WCAG 1.4.3); the defaults do not. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f6f8f7',
    '--mantine-color-text': '#14201d',
    '--mantine-color-dimmed': '#52615d',
    '--mantine-color-placeholder': '#64726e',
    '--mantine-color-error': '#b3261e',
    '--bank-surface': '#ffffff',
    '--bank-line': '#dbe2df',
    '--bank-accent-text': '#095b4e',
  },
  dark: {
    '--mantine-color-dimmed': '#a5b1ae',
    '--mantine-color-placeholder': '#93a09c',
    '--mantine-color-error': '#ff9b91',
    '--bank-surface': '#1e2725',
    '--bank-line': '#37423f',
    '--bank-accent-text': '#74c5b2',
  },
});
