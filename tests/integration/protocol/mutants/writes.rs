//! Wrong scripts of a write that succeeds.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    begin {
        "overwrites a foreign record":
            r"elseif #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end" => "end";
        "takes an empty string for nothing":
            "if redis.call('PTTL', k) ~= -2 then return 6 end" => "";
        "lengthens the life of a value": "if p < 0 or p >= ms then" => "if true then";
        "ends the guard with the value":
            "p >= ms then"
            => "p >= ms or redis.call('SETRANGE', k, 16, writer .. 'W') then if p >= 0 and p < ms then return 1 end";
        "leaves the value its life": "redis.call('PEXPIRE', k, ms)" => "";
        "leaves the lease of a load":
            "kind, hold = string.sub(h, 2, 2), string.sub(h, 33, 33)"
            => "kind, hold = string.sub(h, 2, 2), string.sub(h, 33, 33) if hold == 'R' then return 1 end";
        "drops the dirty flag": "local dirty = #writers > 0 or " => "local dirty = ";
        "is clean again when it is repeated":
            " or (again and kind == 'W' and string.byte(h, 4) ~= 0)" => "";
        "does not know its own token": "again = true" => "writers[1] = string.sub(list, i, i + 15)";
        "forgets the writer over a value":
            "elseif hold == 'W' then list = string.sub(h, 17, 32)" => "";
        "forgets other writers":
            "if kind == 'W' then list = redis.call('GETRANGE', k, 64, -1)"
            => "if kind == 'W' then list = ''";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "ends all guards with its own": "last = math.max(last, deadline)" => "";
        "takes the flags of a value for a dirty guard": "again and kind == 'W' and" => "again and";
        "keeps a crowd apart": "if #writers > 64 then" => "if false then";
        "lets one more in": "if #writers > 64 then" => "if #writers > 65 then";
        "forgets a crowd": r"string.rep('\255', 8) .. struct.pack('>I8', ends), " => "";
        "ends a crowd with its first": "#writers - 63 do ends" => "#writers - 64 do ends";
        "ends a crowd with its last": "ends = math.max(ends, (struct" => "ends = ((struct";
        "lets one end for a crowd": r"string.rep('\255', 8)" => "string.sub(writers[1], 1, 8)";
        "forgets one beside a crowd": "#writers - 62)" => "#writers - 61)";
    }
    commit {
        "overwrites a foreign record":
            r"if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end" => "";
        "ignores the dirty flag": "if envelope == '' or dirty then" => "if envelope == '' then";
        "takes the flags of a value for a dirty guard":
            "kind == 'W' and string.byte" => "string.byte";
        "deletes an unowned guard":
            "if #others > 0 then"
            => "if #others > 0 and not found then return removed(3) end if #others > 0 then";
        "leaves an unowned guard clean": r"'\197W\0\1'" => "string.sub(h, 1, 4)";
        "stores beside other writers":
            "if #others > 0 then"
            => "if found and envelope ~= '' then redis.call('SET', k, envelope, 'PX', ARGV[3]) return 1 end if #others > 0 then";
        "stores without a guard": "if not found then return removed(3) end" => "";
        "leaves what came after its guard":
            "if not found then return removed(3) end" => "if not found then return 3 end";
        "stores nothing over a value":
            "elseif string.sub(h, 33, 33) == 'W' then" => "elseif false then";
        "takes a lease for a guard": "elseif string.sub(h, 33, 33) == 'W' then" => "else";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "keeps its own deadline for the others": "'PXAT', last" => "'KEEPTTL'";
        "ends all guards with the first":
            "last = math.max(last, deadline)"
            => "last = deadline if i > 1 then last = now + 1000 end";
        "leaves the old value on a full server": ".err then return removed(2) end" => ".err then return 2 end";
        "fails on a full server": "redis.pcall('SET'" => "redis.call('SET'";
        "fails beside others on a full server":
            "  redis.call('UNLINK', k)\n  redis.call('SET'" => "  redis.call('SET'";
        "stores for ever": ", 'PX', ARGV[3]" => "";
    }
};
