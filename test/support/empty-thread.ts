// A thread that has nothing to do and ends at once.
import 'node:worker_threads';
