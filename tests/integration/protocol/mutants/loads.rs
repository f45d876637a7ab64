//! Wrong scripts of a load.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    acquire {
        "overwrites a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "takes a short record for its own": "#h == 64 and " => "";
        "takes any kind for its own": "[VLW]" => "";
        "takes an empty string for nothing": "redis.call('PTTL', k) ~= -2" => "false";
        "ignores a guard": "if left > 0 then return {5, now, left, ''} end" => "";
        "looks at the first writer only":
            "left = math.max(left, struct.unpack('>I8', list, i + 8) - now)"
            => "left = struct.unpack('>I8', list, 9) - now";
        "looks at the last writer only":
            "math.max(left, struct.unpack('>I8', list, i + 8) - now)"
            => "struct.unpack('>I8', list, i + 8) - now";
        "never forgets a guard": "if left > 0 then return {5" => "if true then return {5";
        "goes by the ttl, not by the record":
            "struct.unpack('>I8', h, 25) - now" => "redis.call('PTTL', k)";
        "grants a lease to two loads": "hold == 'R' and holder ~= token and left > 0" => "false";
        "does not know its own token": "holder ~= token and " => "";
        "never takes an overdue lease": "holder ~= token and left > 0" => "holder ~= token";
        "hides a fresh value": "fresh and string.sub(h, 9, 16) ~= ARGV[3]" => "false";
        "returns a value that the caller knows": " and string.sub(h, 9, 16) ~= ARGV[3]" => "";
        "lets a stale value prevent a load": "if fresh and " => "if ";
        "drops the value":
            "redis.call('SETRANGE', k, 16, token .. struct.pack('>I8', now + ms) .. 'R')"
            => "granted_alone()";
        "lets the lease end with the value": "keep(ms)\nreturn {2" => "return {2";
        "cuts the life of a value": "left >= 0 and left < time" => "left >= 0";
        "ends the life of a value that has no end": "left >= 0 and left < time" => "left < time";
        "keeps a value for ever":
            "redis.call('PEXPIRE', k, time) end" => "redis.call('PERSIST', k) end";
        "loads in the pause after a failed load":
            "hold == 'R' and holder ~= token and left > 0"
            => r"hold == 'R' and holder ~= token and holder ~= string.rep('\255', 8) and left > 0";
        "grants for ever": ", 'PX', math.max(ms, 1)" => "";
        "grants a lease of no length with an error": "math.max(ms, 1)" => "ms";
    }
    fill {
        "overwrites a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "needs no token": "string.sub(h, 17, 24) == token and " => "";
        "takes a guard for a lease": " and string.sub(h, 33, 33) == 'R'" => "";
        "needs no lease":
            "if not is_leased(h, token) then return 0 end"
            => "if not is_leased(h, token) and h ~= '' then return 0 end";
        "never lets two versions of a program rest": "< 5000" => "< 0";
        "never lets a new version in": "< 5000" => "< 50000000";
        "refuses and keeps the lease": r"redis.call('SETRANGE', k, 16, string.rep('\0', 17))" => "";
        "stores for ever": ", 'PX', ARGV[3]" => "";
        "keeps the ttl of before": "'PX', ARGV[3]" => "'KEEPTTL'";
    }
    release {
        "releases another's lease": "string.sub(h, 17, 24) == token and " => "";
        "releases a guard": " and string.sub(h, 33, 33) == 'R'" => "";
        "takes any kind for its own": "[VLW]" => "";
        "takes a foreign record for its own": r"'^\197" => "'^.";
        "takes a short record for its own": "#h == 64 and " => "";
        "removes the value with the lease":
            r"redis.call('SETRANGE', k, 16, string.rep('\0', 17))" => "redis.call('UNLINK', k)";
        "leaves the lease": "then redis.call('UNLINK', k)" => "then local _ = k";
    }
    extend {
        "extends another's lease": "string.sub(h, 17, 24) == token and " => "";
        "extends a guard": " and string.sub(h, 33, 33) == 'R'" => "";
        "takes a foreign record for its own": r"'^\197" => "'^.";
        "cuts the life of a value": "if string.sub(h, 2, 2) == 'L' then" => "if true then";
        "lets the lease end with the value": "else keep(ms) end" => "end";
        "ends the life of a value that has no end": "left >= 0 and left < time" => "left < time";
        "lets the lease end with its first ttl": "then redis.call('PEXPIRE', k, ms) else" => "then local _ = k else";
        "leaves the deadline": "redis.call('SETRANGE', k, 24, " => "redis.call('ECHO', '' .. ";
    }
};
