// expect: nothing
import canonicalize from 'canonicalize';
export const tree = canonicalize;
