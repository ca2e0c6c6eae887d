/**
 * Films to start from. They fill the text box; nothing runs until the person says so. Their pictures are drawn by the stage:
 * `npm run examples` draws them anew.
 */
import examples from '../assets/examples/examples.json';

const pictures = import.meta.glob<string>('../assets/examples/*.jpg', { eager: true, query: '?url', import: 'default' });

export interface Example {
  text: string;
  /** Where its picture is. */
  picture: string | undefined;
}

export const EXAMPLES: readonly Example[] = examples.map(({ text, picture }) => ({ text, picture: pictures[`../assets/examples/${picture}.jpg`] }));
