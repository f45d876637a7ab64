//! Wrong scripts of a write that failed, or did not take place.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    abandon {
        "overwrites a foreign record":
            r"elseif #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end" => "end";
        "takes an empty string for nothing":
            "if redis.call('PTTL', k) ~= -2 then return 6 end" => "";
        "removes the guard": "if #writers == 0 then" => "if true then";
        "leaves the guard clean": r"'\197W\0\1'" => r"'\197W\0\0'";
        "keeps what a hold replaces": "and not replaced" => "";
        "forgets other writers":
            "local replaced = hold and" => "local replaced = i < newest or hold and";
        "takes all writers for its own": " and (writer == token or writer == held)" => "";
        "keeps the guard beside the hold": "(writer == token or writer == held)" => "writer == held";
        "holds what is held once more": "(writer == token or writer == held)" => "writer == token";
        "holds the guard itself": "list .. held .. struct" => "list .. token .. struct";
        "takes a lease for a guard":
            "elseif string.sub(h, 33, 33) == 'W' then"
            => r"elseif string.sub(h, 33, 33) ~= '\0' then";
        "does not hold a guard that was lost":
            "if hold then list" => "if hold and h ~= '' then list";
        "does not hold a guard that a load has taken":
            "if hold then list" => "if hold and string.sub(h, 33, 33) ~= 'R' then list";
        "never forgets a writer": "deadline > now and " => "";
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
            r"if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end" => "";
        "revives over other writers": "if string.sub(h, 17, 24) ~= token then return 1 end" => "";
        "removes the guards of others":
            "if #others == 0 then redis.call('UNLINK', k)"
            => "if true then redis.call('UNLINK', k)";
        "cleans the guards of others":
            "string.sub(h, 1, 64) .." => r"string.sub(h, 1, 3) .. '\0' .. string.sub(h, 5, 64) ..";
        "keeps its own deadline for the others": "'PXAT', last" => "'KEEPTTL'";
        "stays among the writers":
            "found = true" => "others[#others + 1] = string.sub(list, i, i + 15)";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "leaves the value's life cut":
            "if fresh > 0 then redis.call('PEXPIRE', k, math.min(left, 1e15)) end" => "";
        "forgets the stale window": " + struct.unpack('>I4', h, 61) * 1000" => "";
        "counts a life from now": "struct.unpack('>I8', h, 41) + fresh" => "now + fresh";
        "fails on an endless life": "math.min(left, 1e15)" => "left";
        "revives a value that is marked stale": "if fresh > 0 then" => "if true then";
        "ends a load": "if string.sub(h, 33, 33) ~= 'W' then return 1 end" => "";
        "leaves a guard beside the value":
            r"redis.call('SETRANGE', k, 16, string.rep('\0', 17))" => "";
        "fails on a full server": "#!lua flags=allow-oom" => "";
    }
};
