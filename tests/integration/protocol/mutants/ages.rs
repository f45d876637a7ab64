//! Wrong scripts of the pause after a load that failed, and of a renewal.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    back_off {
        "ends another's lease": "string.sub(h, 17, 24) == token and " => "";
        "takes a guard for a lease": " and string.sub(h, 33, 33) == 'R'" => "";
        "takes any kind for its own": "[VLW]" => "";
        "takes a foreign record for its own": r"'^\197" => "'^.";
        "takes a short record for its own": "#h == 64 and " => "";
        "needs no lease": "not is_leased(h, ARGV[1])" => "h == ''";
        "leaves a lease without a value": "then redis.call('UNLINK', k)" => "then local _ = k";
        "pauses beside nothing": "if string.sub(h, 2, 2) == 'L' then" => "if false then";
        "removes the value with the lease": "if string.sub(h, 2, 2) == 'L' then" => "if true then";
        "leaves the lease to its holder": r"string.rep('\255', 8) .. struct.pack('>I8', clock()" => "ARGV[1] .. struct.pack('>I8', clock()";
        "leaves the lease free": ".. 'R')" => r".. '\0')";
        "places a guard": ".. 'R')" => ".. 'W')";
        "pauses for no time": "clock() + tonumber(ARGV[2])" => "clock()";
        "pauses from the beginning of time": "clock() + tonumber(ARGV[2])" => "tonumber(ARGV[2])";
        "lengthens the life of a value":
            "return 1" => "if string.sub(h, 2, 2) == 'V' then keep(tonumber(ARGV[2])) end return 1";
        "cuts the life of a value":
            "return 1" => "if string.sub(h, 2, 2) == 'V' then redis.call('PEXPIRE', k, ARGV[2]) end return 1";
    }
    renew {
        "renews a foreign value": r"'^\197" => "'^.";
        "takes a short record for its own": "#h == 64 and " => "";
        "renews what is not there": "if not h or string.sub(h, 2, 2) ~= 'V' or" => "if not h or";
        "renews a lease":
            "string.sub(h, 2, 2) ~= 'V' or string.sub(h, 33, 33) == 'W'"
            => "h == '' or string.sub(h, 33, 33) == 'W' or string.sub(h, 2, 2) == 'L' and redis.call('PEXPIRE', k, ARGV[1]) == 1";
        "renews guards":
            "string.sub(h, 2, 2) ~= 'V' or string.sub(h, 33, 33) == 'W'"
            => "h == '' or string.sub(h, 2, 2) == 'W' and redis.call('PEXPIRE', k, ARGV[1]) == 1 or string.sub(h, 2, 2) ~= 'V' or string.sub(h, 33, 33) == 'W'";
        "lets a value outlive its guard": " or string.sub(h, 33, 33) == 'W'" => "";
        "renews what is stale": "if created + fresh <= now then return 0 end" => "";
        "renews what is just stale": "created + fresh <= now" => "created + fresh + 90000 <= now";
        "counts from the load": "now + tonumber(ARGV[1]) - created" => "tonumber(ARGV[1])";
        "counts from the ttl": "now + tonumber(ARGV[1]) - created" => "fresh + tonumber(ARGV[1])";
        "renews for ever": "math.min(now + tonumber(ARGV[1]) - created, tonumber(ARGV[2]))"
            => "(now + tonumber(ARGV[1]) - created)";
        "renews by as much as there may be": "math.min(now + tonumber(ARGV[1]) - created, tonumber(ARGV[2]))"
            => "tonumber(ARGV[2])";
        "shortens": "if longer <= 0 then return 0 end" => "";
        "says that it renewed what stayed": "if longer <= 0 then return 0 end" => "if longer <= 0 then return 1 end";
        "leaves the header": "redis.call('SETRANGE', k, 48, struct.pack('>I8', fresh + longer))" => "";
        "leaves the record's life": "redis.call('PEXPIRE', k, math.min(left + longer, 1e15))" => "local _ = k";
        "gives the record the value's life": "math.min(left + longer, 1e15)" => "math.min(longer, 1e15)";
        "ends the life of a value that has no end": "if left >= 0 then" => "if true then";
        "fails on an endless life": "math.min(left + longer, 1e15)" => "left + longer";
        "ends the load beside it":
            "return 1" => r"redis.call('SETRANGE', k, 16, string.rep('\0', 17)) return 1";
    }
};
