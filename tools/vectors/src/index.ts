export { arrayOf, bool, type Fields, hex, num, objectOf, text, textOrNull, u64, type VectorCase } from './fields.ts';
