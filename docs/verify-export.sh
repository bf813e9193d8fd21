#!/usr/bin/env bash
# verify-export.sh DIR [KEY_SHA256 [OLD_CHECKPOINT]]
#
# An outside auditor's check of a Daypass audit export (log.jsonl, checkpoint, log.pem in DIR; rotations, where the
# log's key was changed).
# Needs OpenSSL 3 and Python 3 (standard library only); nothing of Daypass.
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
import base64, binascii, hashlib, json, os, re, subprocess, sys


MAX_RECORD = 8192      # bytes a record may have
SEGMENT = 4 << 20      # bytes that one worker checks at a time
SPKI = bytes.fromhex('302a300506032b6570032100')  # RFC 8410, up to the 32 bytes of the key
PEM = re.compile('-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n')
NAME = re.compile(r'[^\s+\x00-\x1f]+')
LATER = re.compile(r'(.+)/([1-9][0-9]{0,8})\.[A-Za-z0-9_-]{8}')
sha256 = hashlib.sha256
decode = json.JSONDecoder().raw_decode


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
                refuse('the last line is cut')
        start = 0
        while start < size:
            log.seek(min(start + SEGMENT, size))
            if log.tell() < size and not log.readline(MAX_RECORD + 1).endswith(b'\n'):
                refuse(f'a line after byte {log.tell() - MAX_RECORD} is longer than a record may be')
            end = log.tell()
            yield start, end
            start = end


def check_segment(part):
    """Gives the leaf hashes, the number that the first record must have, where names begin, and what is wrong with which line."""
    path, origin, start, end = part
    with open(path, 'rb') as log:
        log.seek(start)
        lines = log.read(end - start).split(b'\n')
    lines.pop()
    leaves, first, names, pruned = [], None, [], 0
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
                pruned += 1
            else:
                leaf = sha256(b'\0' + line).digest()
                metadata, own = record['metadata'], record['unmapped']
                number, its_epoch = metadata['sequence'], own['epoch']
                name = (own['origin'], its_epoch)
                if metadata['log_name'] != name[0] or name[0] != origin and not earlier_name(name[0], origin):
                    wrong = 'another origin'
                if first is None:
                    first = number - index
                if type(number) is not int or number - index != first:
                    wrong = 'wrong sequence number'
                if type(its_epoch) is not int:
                    wrong = 'another epoch'
                if not wrong and (not names or names[-1][1] != name):
                    opens = metadata['event_code'] == 'ledger.epoch_opened'
                    names.append((index, name, own['data'] if opens else None))
        except (ValueError, KeyError, TypeError, RecursionError):
            wrong = 'not a record'
        if wrong:
            return b''.join(leaves), first, names, pruned, wrong
        leaves.append(leaf)
    return b''.join(leaves), first, names, pruned, None


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


def check_log(path, now, before, changes, fingerprint):
    """Grows the RFC 6962 tree over the log and compares it with all checkpoints."""
    origin, size, root = now
    old_size, old_root = before[1:] if before else (-1, '')
    changed = {head[1]: (number, head[2]) for number, head in enumerate(changes)}
    peaks, count, name, origins, kept, pruned = [], 0, None, set(), {}, 0
    if old_size == 0 and root_of(peaks) != old_root:
        refuse('the old checkpoint does not hold')
    for leaves, first, names, its_pruned, wrong in checked_segments(path, origin):
        if first is not None and first != count:
            refuse(f'record {count}: wrong sequence number')
        for index, now_name, opening in names:
            at = count + index
            if at >= size or now_name == name:
                continue
            if name is not None:
                kept[at] = kept_root(name, now_name, opening, at)
                if kept[at] is None:
                    refuse(f'record {at}: another ' + ('epoch' if now_name[0] == name[0] else 'origin'))
            name = now_name
            origins.add(name[0])
        pruned += its_pruned
        for at in range(0, len(leaves), 32):
            if count >= size:
                refuse(f'records beyond the checkpoint: more than {size}')
            if kept.get(count, '') and root_of(peaks) != kept[count]:
                refuse(f'record {count}: another origin')
            node, position = leaves[at:at + 32], count
            while position & 1:
                node = sha256(b'\1' + peaks.pop() + node).digest()
                position >>= 1
            peaks.append(node)
            count += 1
            if count in changed and root_of(peaks) != changed[count][1]:
                refuse(f'key change {changed[count][0]}: another tree')
            if count == old_size and root_of(peaks) != old_root:
                refuse(f'the first {count} records are not those of the old checkpoint')
        if wrong:
            refuse(f'records beyond the checkpoint: more than {size}' if count >= size else f'record {count}: {wrong}')
    if count != size:
        refuse(f'{count} records, the checkpoint says {size}')
    if root_of(peaks) != root:
        refuse('the root differs: a record was changed')
    if name and name[0] != origin:
        refuse(f'record {size - 1}: another origin')
    if before and not pruned and before[0] not in origins:
        refuse('another origin than the old checkpoint')
    verdict = 'verified' if fingerprint else 'internally consistent only:'
    print(verdict, count, f'records of {origin}' + (f' ({pruned} pruned)' if pruned else ''))


work, folder, fingerprint, old = sys.argv[1:]
check_log(f'{folder}/log.jsonl', *check_notes(work, folder, fingerprint, old), fingerprint)
PYTHON

python3 -I "$work/verify.py" "$work" "$dir" "$key" "$old"
