/** Version of this package, as its User-Agent tells it. */
export const version = "0.1.0";
