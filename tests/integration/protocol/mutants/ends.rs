//! Wrong scripts of a write that failed, or did not take place.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    abandon {
        "overwrites a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "takes an empty string for nothing":
            "redis.call('PTTL', k) ~= -2" => "false";
        "removes the guard": "if #writers == 0 then" => "if true then";
        "leaves the guard clean": "guard(writers, last, true)" => "guard(writers, last, false)";
        "keeps what a hold replaces": "hold and {[token] = true, [held] = true} or {}" => "{}";
        "forgets other writers":
            "others(writers_of(h), gone, now)" => "others('', gone, now)";
        "takes all writers for its own":
            "others(writers_of(h), gone, now)" => "others(hold and '' or writers_of(h), gone, now)";
        "keeps the guard beside the hold": "{[token] = true, [held] = true}" => "{[held] = true}";
        "holds what is held once more": "{[token] = true, [held] = true}" => "{[token] = true}";
        "holds the guard itself": "= held .. struct" => "= token .. struct";
        "holds for no time": "if hold and hold > 0 then" => "if hold then";
        "takes a lease for a guard":
            "string.sub(h, 33, 33) == 'W' then return string.sub(h, 17, 32)"
            => r"string.sub(h, 33, 33) ~= '\0' then return string.sub(h, 17, 32)";
        "does not hold a guard that was lost":
            "hold > 0 then" => "hold > 0 and h ~= '' then";
        "does not hold a guard that a load has taken":
            "hold > 0 then" => "hold > 0 and string.sub(h, 33, 33) ~= 'R' then";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "leaves what came after its guard": "redis.call('UNLINK', k)" => "local _ = k";
        "fails on a full server": "#!lua flags=allow-oom" => "";
        "keeps a crowd apart": "if #writers > 64 then" => "if false then";
        "lets one more in": "if #writers > 64 then" => "if #writers > 65 then";
        "forgets a crowd": r"string.rep('\255', 8) .. struct.pack('>I8', ends), " => "";
        "ends a crowd with its first": "#writers - 63 do ends" => "#writers - 64 do ends";
        "ends a crowd with its last": "ends = math.max(ends, (struct" => "ends = ((struct";
        "lets one end for a crowd": r"string.rep('\255', 8)" => "string.sub(writers[1], 1, 8)";
        "forgets one beside a crowd": "#writers - 62)" => "#writers - 61)";
    }
    cancel {
        "touches a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "revives over other writers": "if string.sub(h, 17, 24) ~= token then return 1 end" => "";
        "removes the guards of others":
            "if #writers == 0 then redis.call('UNLINK', k)"
            => "if true then redis.call('UNLINK', k)";
        "cleans the guards of others":
            "guard(writers, last, is_dirty(h))" => "guard(writers, last, false)";
        "keeps its own deadline for the others": "'PXAT', last" => "'KEEPTTL'";
        "stays among the writers":
            "found = true" => "writers[#writers + 1] = string.sub(list, i, i + 15)";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "leaves the value's life cut": "redis.call('PEXPIRE', k, math.min(left, 1e15))" => "";
        "forgets the stale window": " + struct.unpack('>I4', h, 61) * 1000" => "";
        "counts a life from now": "= struct.unpack('>I8', h, 41) +" => "= now +";
        "forgets the fresh time": "+ struct.unpack('>I8', h, 49) +" => "+";
        "gives a life that is over back": "math.min(left, 1e15)" => "math.max(math.min(left, 1e15), 1000)";
        "fails on an endless life": "math.min(left, 1e15)" => "left";
        "leaves the life of a value that is marked stale cut":
            "redis.call('PEXPIRE', k, math.min(left, 1e15))"
            => "if struct.unpack('>I8', h, 49) > 10000 then redis.call('PEXPIRE', k, math.min(left, 1e15)) end";
        "ends a load": "if string.sub(h, 33, 33) ~= 'W' then return 1 end" => "";
        "leaves a guard beside the value":
            r"redis.call('SETRANGE', k, 16, string.rep('\0', 17))" => "";
        "fails on a full server": "#!lua flags=allow-oom" => "";
    }
};
