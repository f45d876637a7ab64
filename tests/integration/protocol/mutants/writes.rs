//! Wrong scripts of a write that succeeds.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    begin {
        "overwrites a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "takes an empty string for nothing":
            "redis.call('PTTL', k) ~= -2" => "false";
        "lengthens the life of a value": "if p < 0 or p >= ms then" => "if true then";
        "ends the guard with the value":
            "p >= ms then"
            => "p >= ms or redis.call('SETRANGE', k, 16, writer .. 'W') then if p >= 0 and p < ms then return 1 end";
        "leaves the value its life": "redis.call('PEXPIRE', k, ms)" => "";
        "leaves the lease of a load":
            "local writer = token"
            => "if string.sub(h, 33, 33) == 'R' then return 1 end local writer = token";
        "drops the dirty flag": "local dirty = #writers > 0 or " => "local dirty = ";
        "is clean again when it is repeated":
            " or (again and is_dirty(h))" => "";
        "does not know its own token": "found = true" => "writers[1] = string.sub(list, i, i + 15)";
        "forgets the writer over a value":
            "if string.sub(h, 33, 33) == 'W' then return string.sub(h, 17, 32) end" => "";
        "forgets other writers":
            "return redis.call('GETRANGE', k, 64, -1)" => "return ''";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "ends all guards with its own": "last = math.max(last, deadline)" => "";
        "takes the flags of a value for a dirty guard":
            "string.sub(h, 2, 2) == 'W' and string.byte" => "string.byte";
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
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "ignores the dirty flag": "if envelope == '' or is_dirty(h) then" => "if envelope == '' then";
        "takes the flags of a value for a dirty guard":
            "string.sub(h, 2, 2) == 'W' and string.byte" => "string.byte";
        "deletes an unowned guard":
            "if #writers > 0 then"
            => "if #writers > 0 and not found then return removed(3) end if #writers > 0 then";
        "leaves an unowned guard clean": "guard(writers, last, true)" => "guard(writers, last, is_dirty(h))";
        "stores beside other writers":
            "if #writers > 0 then"
            => "if found and envelope ~= '' then redis.call('SET', k, envelope, 'PX', ARGV[3]) return 1 end if #writers > 0 then";
        "stores without a guard": "if not found then return removed(3) end" => "";
        "leaves what came after its guard":
            "if not found then return removed(3) end" => "if not found then return 3 end";
        "stores nothing over a value":
            "if string.sub(h, 33, 33) == 'W' then return" => "if false then return";
        "takes a lease for a guard": "if string.sub(h, 33, 33) == 'W' then return" => "if true then return";
        "never forgets a writer": "elseif deadline > now then" => "else";
        "keeps its own deadline for the others": "'PXAT', last" => "'KEEPTTL'";
        "ends all guards with the first":
            "last = math.max(last, deadline)"
            => "last = deadline if i > 1 then last = now + 1000 end";
        "leaves the old value on a full server": ".err then return removed(2) end" => ".err then return 2 end";
        "fails on a full server": "redis.pcall('SET'" => "redis.call('SET'";
        "fails beside others on a full server":
            "  redis.call('UNLINK', k)\n  guard(" => "  guard(";
        "stores for ever": ", 'PX', ARGV[3]" => "";
    }
};
