/** What only the desktop studio has: native dialogs, a menu that gives commands, and the monitor. In a browser it is absent. */
import { get, post } from '../api/transport.ts';

type Wanted = 'open-project' | 'save-project' | 'export' | 'script';

class Desktop {
  /** Whether the page stands in the desktop studio's window. */
  present = $state(false);
  /** Whether the monitor follows the playhead. */
  monitor = $state(false);
  #telling = false;
  #next: [shot: string, frame: number] | null = null;

  /** Looks whether the desktop is there; `told` gets the commands of its menu, with the film that the system hands over. */
  async begin(told: (command: string, path: string | null) => void): Promise<void> {
    try {
      await get('/desktop');
    } catch {
      return;
    }
    this.present = true;
    window.addEventListener('mutoscope-command', (event) => {
      const { command, path } = (event as CustomEvent<{ command: string; path: string | null }>).detail;
      told(command, path);
    });
  }

  /** What the user chooses in the system's dialog; null when they think better of it. */
  async choose(what: Wanted, name = '', folder: string | null = null): Promise<string | null> {
    return (await post<{ path: string | null }>('/desktop/choose', { what, name, folder })).path;
  }

  title(title: string): void {
    if (this.present) post('/desktop/title', { title }).catch(() => {});
  }

  async showMonitor(on: boolean, shot?: string, frame = 0): Promise<void> {
    await post('/desktop/monitor', { on, shot: shot ?? null, frame });
    this.monitor = on;
  }

  /** The playhead has moved. One message at a time: the monitor needs only the newest. */
  follow(shot: string, frame: number): void {
    if (!this.monitor) return;
    this.#next = [shot, frame];
    if (this.#telling) return;
    this.#telling = true;
    void this.#tell();
  }

  async #tell(): Promise<void> {
    while (this.#next) {
      const [shot, frame] = this.#next;
      this.#next = null;
      await post('/desktop/monitor', { on: true, shot, frame }).catch(() => (this.monitor = false));
    }
    this.#telling = false;
  }
}

export const desktop = new Desktop();
