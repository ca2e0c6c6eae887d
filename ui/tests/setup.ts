import { cleanup } from '@testing-library/svelte';
import { afterEach } from 'vitest';

// jsdom draws nothing and measures nothing.
class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
Object.assign(globalThis, { ResizeObserver: Observer, createImageBitmap: async () => ({ width: 16, height: 9, close() {} }) });
URL.createObjectURL = () => 'blob:picture';
URL.revokeObjectURL = () => {};
Element.prototype.scrollIntoView = () => {};
Element.prototype.setPointerCapture = () => {};
HTMLCanvasElement.prototype.getContext = (() => null) as never;
Range.prototype.getClientRects = (() => []) as never;

afterEach(cleanup);
