/** One thing in an archive. `path` is from the root, without a slash before it; `mode` is permissions only. */
export type Entry =
  /** 0o644 unless it says otherwise; text is UTF-8. */
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array | string; readonly mode?: number }
  /** 0o755 unless it says otherwise. */
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** 0o600 unless it says otherwise. */
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly type: 'character' | 'block';
      readonly major: number;
      readonly minor: number;
      readonly mode?: number;
    };
