/** A terminal in our hands: nothing else writes to it until it is closed. */
export type Screen = {
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Shows these rows, from the top; writes only those that have changed. */
  readonly show: (rows: readonly string[]) => void;
  /** Gives the terminal back as it was. */
  readonly close: () => void;
};

/** Who has a terminal. */
export type ScreenUser = {
  /** A key was pressed: a character, or a name such as `up`, `pagedown`, `escape`, `ctrl-c`. */
  readonly onKey: (key: string) => void;
  /** The size has changed, or the rows are to be drawn anew. */
  readonly onResize: () => void;
};
