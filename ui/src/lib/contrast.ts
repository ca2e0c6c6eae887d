/** The contrast that the person chose, besides what the system asks for. */
export function contrasted(contrast: 'normal' | 'high'): void {
  document.documentElement.dataset.contrast = contrast;
}
