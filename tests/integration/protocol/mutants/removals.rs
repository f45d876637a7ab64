//! Wrong scripts of an invalidation.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = mutants! {
    invalidate {
        "removes a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "drops a guard": "if string.sub(h, 33, 33) ~= 'W' then" => "if true then";
        "drops a guard over a value":
            "if string.sub(h, 33, 33) ~= 'W' then" => "if string.sub(h, 2, 2) ~= 'W' then";
        "leaves a guard clean": r"redis.call('SETRANGE', k, 3, '\1')" => "local _ = k";
        "leaves a guard over a value clean": "string.sub(h, 17, 32), true)" => "string.sub(h, 17, 32), false)";
        "leaves the value under a guard":
            "if string.sub(h, 2, 2) == 'W' then redis" => "if true then redis";
        "makes a guard stay for ever": ", 'KEEPTTL'" => "";
        "leaves a load":
            "redis.call('UNLINK', k)"
            => "if string.sub(h, 2, 2) ~= 'L' then redis.call('UNLINK', k) end";
        "leaves a value": "redis.call('UNLINK', k)" => "";
        "fails on a full server": "#!lua flags=allow-oom" => "";
    }
    mark_stale {
        "touches a foreign record":
            r"#h == 64 and string.find(h, '^\197[VLW]')" => "true";
        "leaves the lease": r"redis.call('SETRANGE', k, 16, string.rep('\0', 17))" => "";
        "leaves the value fresh":
            "redis.call('SETRANGE', k, 48, struct.pack('>I8', math.max(0, math.min(age, fresh))))" => "";
        "forgets when it was marked": "math.max(0, math.min(age, fresh))" => "0";
        "begins a window that has begun once more": "math.min(age, fresh)" => "age";
        "counts from its end": "math.min(age, fresh)" => "fresh";
        "makes a value of the future endless": "math.max(0, math.min(age, fresh))" => "math.abs(math.min(age, fresh))";
        "leaves a load": "redis.call('UNLINK', k)" => "";
        "leaves a guard clean": r"redis.call('SETRANGE', k, 3, '\1')" => "local _ = k";
        "leaves the value under a guard":
            "if hold == 'W' then" => "if kind == 'W' then";
        "drops a guard over a value":
            "if hold == 'W' then"
            => "if kind == 'V' and hold == 'W' then redis.call('UNLINK', k) return 2 elseif hold == 'W' then";
        "leaves a guard over a value clean": "string.sub(h, 17, 32), true)" => "string.sub(h, 17, 32), false)";
        "makes a guard stay for ever": ", 'KEEPTTL'" => "";
        "fails on a full server": "#!lua flags=allow-oom" => "";
    }
    announce {
        "overwrites what is there": "if redis.call('PTTL', k) ~= -2 then return 6 end" => "";
        "overwrites what has no end": "~= -2" => "> 0";
        "overwrites what has one": "~= -2" => "== -1";
        "says that all is another's": "return 1" => "return 6";
        "leaves what it tells by": "redis.call('UNLINK', k)" => "";
        "fails on a full server": "#!lua flags=allow-oom" => "";
    }
    bump {
        "removes what is longer": "'GETRANGE', k, 0, 8" => "'GETRANGE', k, 0, 7";
        "removes whatever there is": "== 8 then" => "> 0 then";
        "removes nothing": "redis.call('UNLINK', k)" => "redis.call('TTL', k)";
        "says that it made what it removed": "return 1" => "return 2";
        "overwrites what others keep": "if redis.call('PTTL', k) ~= -2 then return 6 end" => "";
        "overwrites what has no end": "~= -2" => "> 0";
        "makes no version": "redis.call('SET', k, ARGV[1], 'PX', ARGV[2])" => "local _ = k";
        "makes no epoch": "redis.call('SET', k, ARGV[1])" => "local _ = k";
        "makes a version for ever": ", 'PX', ARGV[2]" => "";
        "fails on a full server": "#!lua flags=allow-oom" => "";
    }
};
