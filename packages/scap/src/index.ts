export { EventCursor } from './cursor.hot.ts';
