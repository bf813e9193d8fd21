#!/usr/bin/env bash
# verify-export.sh DIR [KEY_SHA256 [OLD_CHECKPOINT]]
#
# An outside auditor's check of a Daypass audit export: log.jsonl, checkpoint, log.pem in DIR; rotations, where the log's
# key was changed; range.json, for a part of a log; leaves, to tell which record is bad. Needs OpenSSL 3 and Python 3
# (standard library only); nothing of Daypass. What the files hold and what is checked: docs/verification.md.
#   KEY_SHA256      hex SHA-256 of the public key's DER, known from elsewhere than the export; an earlier key's will do,
#                   where each change of keys is signed by the old and by the next one
#   OLD_CHECKPOINT  file with an earlier checkpoint, kept from elsewhere than the export
# Without KEY_SHA256 anybody could have made the export: the best it says then is "internally consistent only".
# Exit status: 0 verified or consistent, 1 refused (the reason is on standard error), 2 cannot check.
set -euo pipefail

refuse() { echo "refused: $1" >&2; exit 1; }
cannot() { echo "cannot check: $1" >&2; exit 2; }

[ $# -ge 1 ] && [ $# -le 3 ] || cannot "usage: verify-export.sh DIR [KEY_SHA256 [OLD_CHECKPOINT]]"
dir=$1 key=${2:-} old=${3:-}
command -v openssl >/dev/null || cannot "openssl is missing"
command -v python3 >/dev/null || cannot "python3 is missing"
[ -z "$old" ] || [ -f "$old" ] || cannot "no old checkpoint at $old"
for file in log.jsonl checkpoint log.pem; do [ -f "$dir/$file" ] || refuse "$file is missing"; done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The key: exactly one Ed25519 public key, and the one that the auditor was told of.
! grep -q 'PRIVATE KEY' "$dir/log.pem" || refuse "log.pem holds a private key"
openssl pkey -pubin -in "$dir/log.pem" -outform DER -out "$work/key.der" 2>/dev/null || refuse "log.pem is no public key"

cat >"$work/verify.py" <<'PYTHON'
import base64, binascii, datetime, hashlib, json, os, re, subprocess, sys


MAX_RECORD = 8192      # bytes a record may have
SEGMENT = 4 << 20      # bytes that one worker checks at a time
SPKI = bytes.fromhex('302a300506032b6570032100')  # RFC 8410, up to the 32 bytes of the key
PEM = re.compile('-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n')
NAME = re.compile(r'[^\s+\x00-\x1f]+')
LATEST = 8640000000000000  # the last millisecond of JavaScript's dates
LATER = re.compile(r'(.+)/([1-9][0-9]{0,8})\.[A-Za-z0-9_-]{8}')
sha256 = hashlib.sha256
decode = json.JSONDecoder().raw_decode


class BadLog(Exception):
    """The log is not the one that was signed, whatever became of it."""


def refuse(why):
    sys.exit('refused: ' + why)


def strict_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def public_key(work):
    der = open(f'{work}/key.der', 'rb').read()
    if len(der) != 44 or not der.startswith(SPKI):
        refuse('log.pem is not an Ed25519 key')
    return der


def read_text(path, what):
    try:
        return open(path, 'rb').read().decode()
    except UnicodeDecodeError:
        refuse(f'{what} is not UTF-8')


def open_note(note, what, der):
    """Reads a checkpoint (C2SP signed note). Gives its signed text, its head, and this key's signatures."""
    if re.search('[\x00-\x09\x0b-\x1f\ufffd]', note) or not note.endswith('\n') or '\n\n' not in note:
        refuse(f'{what} is not a signed note')
    text, lines = note[:note.rindex('\n\n') + 1], note[note.rindex('\n\n') + 2:-1].split('\n')
    fields = text.split('\n')
    if len(fields) != 4 or not NAME.fullmatch(fields[0]) or not re.fullmatch('0|[1-9][0-9]{0,15}', fields[1]):
        refuse(f'{what} is not a checkpoint')
    origin, size, root = fields[0], int(fields[1]), strict_base64(fields[2])
    if root is None or len(root) != 32 or size > 2 ** 53 - 1:
        refuse(f'{what} is not a checkpoint')
    key_id = sha256(origin.encode() + b'\n\x01' + der[len(SPKI):]).digest()[:4]
    own = []
    for line in lines:
        match = re.fullmatch(r'— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})', line)
        data = strict_base64(match[2]) if match else None
        if data is None or len(data) <= 4:
            refuse(f'{what} is not a signed note')
        if match[1] == origin and data[:4] == key_id:
            own.append(data[4:])
    return text.encode(), (origin, size, root.hex()), own


def check_note(work, note, what, der, whose):
    """Gives the head (origin, size, root) that the note signs with this key."""
    text, head, signatures = open_note(note, what, der)
    if not signatures:
        refuse(f'{what} has no signature of {whose}')
    for signature in signatures:
        for name, data in (('text', text), ('sig', signature), ('der', der)):
            with open(f'{work}/{name}', 'wb') as file:
                file.write(data)
        command = ['openssl', 'pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', f'{work}/der', '-rawin']
        command += ['-in', f'{work}/text', '-sigfile', f'{work}/sig']
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            refuse(f'the signature on the {what} does not hold')
    return head


def same_log(name, last):
    return name == last or earlier_name(name, last)


def check_rotations(work, path, now, der):
    """The changes of the log's key, the oldest first, as (old key, head that the old and the next key signed)."""
    text = read_text(path, 'rotations') if os.path.exists(path) else ''
    notes, keys = [], []
    for number, line in enumerate(text.removesuffix('\n').split('\n') if text else []):
        try:
            entry = json.loads(line)
            notes.append(entry['checkpoint'])
            body = PEM.fullmatch(entry['key'])[1]
            keys.append(strict_base64(body.replace('\n', '')))
            if len(entry) != 2 or type(notes[-1]) is not str or len(keys[-1]) != 44 or not keys[-1].startswith(SPKI):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            refuse(f'key change {number} is none')
    keys.append(der)
    changes = []
    for number, note in enumerate(notes):
        what = f'checkpoint of key change {number}'
        if keys[number + 1] in keys[:number + 1]:
            refuse(f'key change {number}: a key that was used before')
        head = check_note(work, note, what, keys[number], 'the old key')
        check_note(work, note, what, keys[number + 1], 'the next key')
        before = changes[-1][1] if changes else (head[0], 0)
        if not same_log(head[0], now[0]) or not same_log(before[0], head[0]):
            refuse(f'key change {number}: another origin')
        if not before[1] < head[1] <= now[1]:
            refuse(f'key change {number}: out of order')
        changes.append((keys[number], head))
    return changes


def check_old(work, path, changes, der):
    """The head of the old checkpoint, by whichever key of the log signed it before it was retired."""
    note = read_text(path, 'old checkpoint')
    for key, end in [(der, None)] + [(key, head[1]) for key, head in reversed(changes)]:
        _, head, signatures = open_note(note, 'old checkpoint', key)
        if signatures and (end is None or head[1] <= end):
            return check_note(work, note, 'old checkpoint', key, 'this key')
    refuse('old checkpoint has no signature of a key of this log')


def check_notes(work, folder, fingerprint, old):
    """Gives the head (origin, size, root) that the checkpoint signs, that of the old one or None, and those at which the key was changed."""
    der = public_key(work)
    note = read_text(f'{folder}/checkpoint', 'checkpoint')
    found = sha256(der).hexdigest()
    wanted = fingerprint.lower() if fingerprint else found
    if wanted != found and not os.path.exists(f'{folder}/rotations'):
        refuse(f'another key: {found}')
    now = check_note(work, note, 'checkpoint', der, 'this key')
    changes = check_rotations(work, f'{folder}/rotations', now, der)
    if wanted != found and wanted not in [sha256(key).hexdigest() for key, _ in changes]:
        refuse(f'another key: {found}')
    before = check_old(work, old, changes, der) if old else None
    if now[1] == 0:
        refuse('empty log')
    if before and not same_log(before[0], now[0]):
        refuse('another origin than the old checkpoint')
    if before and before[1] > now[1]:
        refuse('shorter than the old checkpoint')
    return now, before, [head for _, head in changes]


def earlier_name(name, last):
    """After a restore a ledger goes on under its first name with the epoch behind it."""
    now, then = LATER.fullmatch(last), LATER.fullmatch(name)
    return bool(now) and (name == now[1] or bool(then) and then[1] == now[1] and int(then[2]) < int(now[2]))


def kept_root(before, now, opening, at):
    """The root that the first record of an epoch names for all records before it; None when it does not follow them."""
    kept = opening.get('kept') if type(opening) is dict else None
    if type(kept) is not dict or kept.get('size') != at or now[1] <= before[1] or now[0] == before[0]:
        return None
    root = strict_base64(kept['root']) if type(kept.get('root')) is str else None
    follows = (opening.get('previousOrigin'), opening.get('previousEpoch')) == before
    return root.hex() if follows and root else None


def segments(path):
    """Parts of the log that begin and end at line ends."""
    with open(path, 'rb') as log:
        size = log.seek(0, 2)
        if size:
            log.seek(size - 1)
            if log.read(1) != b'\n':
                raise BadLog('the last line is cut')
        start = 0
        while start < size:
            log.seek(min(start + SEGMENT, size))
            if log.tell() < size and not log.readline(MAX_RECORD + 1).endswith(b'\n'):
                raise BadLog(f'a line after byte {log.tell() - MAX_RECORD} is longer than a record may be')
            end = log.tell()
            yield start, end
            start = end


def pruned_told(data):
    """How many bodies a record says that were pruned, and up to which record."""
    count, last = (data.get('records'), data.get('lastSequence')) if type(data) is dict else (None, None)
    return (count, last) if type(count) is int and type(last) is int else (0, -1)


def check_segment(part):
    """Gives the leaf hashes, the number that the first record must have, where names begin, the times, what is said of
    pruned records, and what is wrong with the line behind them."""
    path, origin, start, end = part
    with open(path, 'rb') as log:
        log.seek(start)
        lines = log.read(end - start).split(b'\n')
    lines.pop()
    leaves, first, names, times, told = [], None, [], [], []
    for index, line in enumerate(lines):
        wrong = None
        try:
            text = line.decode()
            record, length = decode(text) if len(line) <= MAX_RECORD else (None, 0)
            if length != len(text):
                wrong = 'not a record'
            if line.startswith(b'{"leaf":'):
                leaf = strict_base64(record['leaf'])
                if len(record) != 1 or leaf is None or len(leaf) != 32:
                    wrong = 'bad pruned leaf'
                time = None
            else:
                leaf = sha256(b'\0' + line).digest()
                metadata, own = record['metadata'], record['unmapped']
                number, its_epoch, time = metadata['sequence'], own['epoch'], record['time']
                name = (own['origin'], its_epoch)
                if metadata['log_name'] != name[0] or name[0] != origin and not earlier_name(name[0], origin):
                    wrong = 'another origin'
                if first is None:
                    first = number - index
                if type(number) is not int or number - index != first:
                    wrong = 'wrong sequence number'
                if type(its_epoch) is not int:
                    wrong = 'another epoch'
                if type(time) is not int:
                    wrong = 'not a record'
                event = metadata['event_code']
                if event == 'records.pruned':
                    told.append(pruned_told(own.get('data')))
                if not wrong and (not names or names[-1][1] != name):
                    opens = event == 'ledger.epoch_opened'
                    names.append((index, name, own['data'] if opens else None))
        except (ValueError, KeyError, TypeError, RecursionError):
            wrong = 'not a record'
        if wrong:
            return b''.join(leaves), first, names, times, told, wrong
        leaves.append(leaf)
        times.append(time)
    return b''.join(leaves), first, names, times, told, None


def checked_segments(path, origin):
    parts = [(path, origin, start, end) for start, end in segments(path)]
    workers = min(4, os.cpu_count() or 1)
    if workers > 1 and os.path.getsize(path) > 4 * SEGMENT and hasattr(os, 'fork'):
        import multiprocessing  # slow to load, and of no use to a small log
        with multiprocessing.get_context('fork').Pool(workers) as pool:
            yield from pool.imap(check_segment, parts)
    else:
        yield from map(check_segment, parts)


def root_of(peaks):
    peaks = peaks[:]
    while len(peaks) > 1:
        right = peaks.pop()
        peaks[-1] = sha256(b'\1' + peaks[-1] + right).digest()
    return peaks[0].hex() if peaks else sha256(b'').hexdigest()


def push(peaks, node, position):
    """Adds a complete subtree that is the position-th of its height."""
    while position & 1:
        node = sha256(b'\1' + peaks.pop() + node).digest()
        position >>= 1
    peaks.append(node)


def cover(start, end, splits):
    """The fewest complete subtrees (position, width) of leaves start to end - 1; none reaches over a split."""
    while start < end:
        stop, width = min([end] + [split for split in splits if split > start]), 1
        while start % (2 * width) == 0 and start + 2 * width <= stop:
            width *= 2
        yield start // width, width
        start += width


def is_number(value, least, most):
    return type(value) is int and least <= value <= most


def subtree_hashes(values, parts):
    hashes = [strict_base64(value) if type(value) is str else None for value in values]
    if type(values) is not list or len(hashes) != len(parts) or any(value is None or len(value) != 32 for value in hashes):
        refuse('range.json does not fit this log')
    return list(zip(parts, hashes))


def open_range(path, size):
    """The part of the log that the export is of: (first, end, before, after, from, until); the whole log without a file."""
    if not os.path.isfile(path):
        return 0, size, [], [], None
    try:
        claims = json.loads(open(path, 'rb').read().decode())
        first, count, splits = claims['first'], claims['count'], claims['splits']
        keys = ('after', 'before', 'count', 'first', 'from', 'splits', 'until')
        fits = tuple(sorted(claims)) == keys and is_number(first, 0, size) and is_number(count, 1, size - first)
        fits = fits and type(splits) is list and len(splits) <= 1024 and all(is_number(split, 0, size) for split in splits)
        times = claims['from'], claims['until']
        fits = fits and all(time is None or is_number(time, -LATEST, LATEST) for time in times)
        if not fits or None not in times and times[0] >= times[1]:
            refuse('range.json does not fit this log')
        before = subtree_hashes(claims['before'], list(cover(0, first, splits)))
        after = subtree_hashes(claims['after'], list(cover(first + count, size, splits)))
    except (ValueError, KeyError, TypeError, RecursionError):
        refuse('range.json does not fit this log')
    return first, first + count, before, after, times


class Heads:
    """Heads that the log is known to have had: the old checkpoint, and where its key was changed."""
    def __init__(self, before, changes):
        self.known = [(head[1], head[2], f'key change {number}: another tree', 'range.json does not fit this log')
                      for number, head in enumerate(changes)]
        if before:
            size = before[1]
            self.known.append((size, before[2],
                               f'the first {size} records are not those of the old checkpoint: rewritten, or a fork',
                               f'the old checkpoint, of {size} records, cannot be compared with this part of the log'))
        self.sizes, self.met = {head[0] for head in self.known}, {}

    def see(self, peaks, count):
        for number, head in enumerate(self.known):
            if head[0] == count:
                self.met[number] = root_of(peaks) == head[1]

    def check(self):
        for number, head in sorted(enumerate(self.known), key=lambda each: each[1][0]):
            if not self.met.get(number):
                refuse(head[2 if number in self.met else 3])


def grow_over(peaks, count, covered, heads):
    for (position, width), node in covered:
        push(peaks, node, position)
        count += width
        heads.see(peaks, count)
    return count


def check_pruned(times, told):
    """A ledger says itself how many bodies were pruned: anybody could put a leaf hash in the place of a record."""
    pruned, said = times.count(None), sum(count for count, _ in told)
    last = len(times) - 1 - times[::-1].index(None) if pruned else -1
    beyond = last > max([upto for _, upto in told], default=-1)
    if pruned > said or beyond:
        named = f': not record {last}' if beyond else ''
        refuse(f'the bodies of {pruned} record{"" if pruned == 1 else "s"} are gone, and the log says that {said} were pruned{named}')


def check_log(path, now, heads, part):
    """Grows the RFC 6962 tree over the log and compares it with all checkpoints. Gives the records' times and names."""
    origin, size, root = now
    first_line, end, covered_before, covered_after, _ = part
    peaks, name, origins, kept, all_times, all_told = [], None, set(), {}, [], []
    heads.see(peaks, 0)
    count = grow_over(peaks, 0, covered_before, heads)
    for leaves, first, names, times, told, wrong in checked_segments(path, origin):
        if first is not None and first != count:
            raise BadLog(f'record {count}: wrong sequence number')
        for index, now_name, opening in names:
            at = count + index
            if at >= end or now_name == name:
                continue
            if name is not None:
                kept[at] = kept_root(name, now_name, opening, at)
                if kept[at] is None:
                    raise BadLog(f'record {at}: another ' + ('epoch' if now_name[0] == name[0] else 'origin'))
            name = now_name
            origins.add(name[0])
        all_times += times
        all_told += told
        for at in range(0, len(leaves), 32):
            if count >= end:
                raise BadLog(f'records beyond the checkpoint: more than {end}')
            if kept.get(count, '') and root_of(peaks) != kept[count]:
                raise BadLog(f'record {count}: another origin')
            node, position = leaves[at:at + 32], count
            while position & 1:
                node = sha256(b'\1' + peaks.pop() + node).digest()
                position >>= 1
            peaks.append(node)
            count += 1
            if count in heads.sizes:
                heads.see(peaks, count)
        if wrong:
            raise BadLog(f'records beyond the checkpoint: more than {end}' if count >= end else f'record {count}: {wrong}')
    if count != end:
        raise BadLog(f'{count - first_line} records, the checkpoint says {end - first_line}')
    grow_over(peaks, count, covered_after, heads)
    if root_of(peaks) != root:
        raise BadLog('the root differs: something was changed since it was signed')
    if end == size and name and name[0] != origin:
        refuse(f'record {size - 1}: another origin')
    heads.check()
    if first_line == 0 and end == size and origin.startswith('daypass.ledger/'):
        check_pruned(all_times, all_told)
    return all_times, origins


def leaf_of(line):
    """The hash that a line claims in the tree."""
    if line.startswith(b'{"leaf":'):
        try:
            record = json.loads(line.decode())
            leaf = strict_base64(record['leaf']) if len(record) == 1 else None
            if leaf is not None and len(leaf) == 32:
                return leaf
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
    return sha256(b'\0' + line).digest()


def diagnose(folder, now, part):
    """Which record is the first bad one and what became of it, where `leaves` makes the signed root; else None."""
    first, end, before, after = part[:4]
    peaks, signed = [], []
    try:
        hashes = open(f'{folder}/leaves', 'rb').read(32 * (end - first) + 1)
    except OSError:
        return None
    if len(hashes) != 32 * (end - first):
        return None
    for (position, _), node in before:
        push(peaks, node, position)
    for at in range(end - first):
        signed.append(hashes[32 * at:32 * at + 32])
        push(peaks, signed[at], first + at)
    for (position, _), node in after:
        push(peaks, node, position)
    if root_of(peaks) != now[2]:
        return None
    lines, cut = [], None
    with open(f'{folder}/log.jsonl', 'rb') as log:
        while len(lines) < len(signed) + 65536:
            line = log.readline(MAX_RECORD + 1)
            if not line.endswith(b'\n'):
                cut = 'too long' if len(line) > MAX_RECORD else 'cut' if line else None
                break
            lines.append(leaf_of(line[:-1]))
    return what_became(signed, lines, cut, first)


def what_became(signed, lines, cut, first):
    count, found, at = len(signed), len(lines), 0
    while at < min(count, found) and signed[at] == lines[at]:
        at += 1
    record = first + at
    if at < count and at < found:
        later, own = lines[at + 1:], signed.index(lines[at]) if lines[at] in signed else None
        back = later.index(signed[at]) + 1 if signed[at] in later else None
        if own is None:
            if back is None:
                return f'record {record} was changed'
            return ('a line was' if back == 1 else f'{back} lines were') + f' inserted before record {record}'
        if own < at or lines[at] in later:
            return f'in the place of record {record} stands a second copy of record {first + own}'
        if back is None:
            return f'record {record} was removed' + ('' if own - at == 1 else f', {own - at} records in a row')
        return f'record {record} was moved: record {first + own} stands in its place'
    if at < found or at == count and cut:
        return f'the log was lengthened: what stands after record {record - 1} was never signed'
    if at == count:
        return ''
    if cut == 'too long':
        return f'record {record} was changed'
    gone = count - at
    return f'the log was cut before record {record}: {gone} record{"" if gone == 1 else "s"} missing at its end'


def check_times(times, part, size):
    """Whether the records are those of the time range. Gives how many are, and what is shown of its edges."""
    first, end, _, _, (start_ms, until_ms) = part
    early = lambda time: time is not None and start_ms is not None and time < start_ms
    late = lambda time: time is not None and until_ms is not None and time >= until_ms
    differs = 'the range is another one than is claimed: at its {} is record {}'
    def edge(time, outside, bound, of_log, *where):
        if outside(time):
            return 'outside'
        if of_log:
            return 'of log'
        if time is not None or bound is None:
            refuse(differs.format(*where))
        return 'not shown'
    before = edge(times[0], early, start_ms, first == 0, 'start', first)
    after = edge(times[-1], late, until_ms, end == size, 'end', end - 1)
    inner = times[before != 'of log':len(times) - (after != 'of log')]
    if (before != 'of log') + (after != 'of log') > len(times) or inner and early(inner[0]):
        refuse(differs.format('start', first + (before != 'of log') if inner else first))
    if inner and late(inner[-1]):
        refuse(differs.format('end', end - 1 - (after != 'of log')))
    return len(inner), first + (before != 'of log'), sum(early(time) or late(time) for time in inner), before, after


def moment(ms):
    seconds, rest = divmod(ms, 1000)
    try:
        day = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return f'{ms} ms'
    return f'{day.isoformat()}.{rest:03}Z'


def tell(times, part, now, fingerprint):
    origin, size, _ = now
    claimed, pruned = part[4], times.count(None)
    verdict = 'verified' if fingerprint else 'internally consistent only:'
    gone = f' ({pruned} pruned)' if pruned else ''
    if claimed is None:
        return print(verdict, size, f'records of {origin}{gone}')
    count, first, others, start, end = check_times(times, part, size)
    since = 'since the log began' if claimed[0] is None else f'from {moment(claimed[0])}'
    until = 'to its last record' if claimed[1] is None else f'until {moment(claimed[1])}'
    print(verdict, count, f'records of {origin}, {since} {until}{gone}')
    place = f'they are records {first} to {first + count - 1}' if count else f'they would stand before record {first}'
    print(f'shown: {place} of {size}, in this order, and none between them is left out')
    for side, shown in (('before', start), ('after', end)):
        if shown == 'outside':
            print(f'shown: the record just {side} them lies outside of the range')
        elif shown == 'of log':
            print('shown: ' + ('the log begins with them' if side == 'before' else 'the signed log ends with them'))
        else:
            print(f'not shown: that the range has no record {side} them; the one just {side} is pruned')
    if others:
        print(f'{others} among them bear other times: a clock was set')
    print('not shown: that no record further away bears a time of the range, as after a clock was set back')


work, folder, fingerprint, old = sys.argv[1:]
now, before, changes = check_notes(work, folder, fingerprint, old)
part = open_range(f'{folder}/range.json', now[1])
try:
    times, origins = check_log(f'{folder}/log.jsonl', now, Heads(before, changes), part)
except BadLog as bad:
    became = diagnose(folder, now, part)
    refuse(became or str(bad) + (', and was signed so: whoever held the key wrote it' if became == '' else ''))
if before and part[4] is None and None not in times and before[0] not in origins:
    refuse('another origin than the old checkpoint')
tell(times, part, now, fingerprint)
PYTHON

python3 -I "$work/verify.py" "$work" "$dir" "$key" "$old"
