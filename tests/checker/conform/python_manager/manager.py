#!/usr/bin/env python3
"""A small VMA manager that speaks checker/conform/PROTOCOL.md: private anonymous memory at fixed addresses.

It keeps what each page has, and a VMA is a run of pages that have the same. With --bug, mprotect does not stop at a hole.
"""
import json
import sys

PAGE = 4096
TASK_SIZE = 0x7FFFFFFFF  # pages
MIN_ADDR = 16  # pages
PROTS = {"READ": 1, "WRITE": 2, "EXEC": 4, "SEM": 8, "GROWSDOWN": 0x01000000, "GROWSUP": 0x02000000}
MAP_FLAGS = ["PRIVATE", "FIXED", "ANONYMOUS"]
# The flags that an advice sets and clears.
ADVICES = {
    "NORMAL": (set(), {"SEQ_READ", "RAND_READ"}),
    "RANDOM": ({"RAND_READ"}, {"SEQ_READ"}),
    "SEQUENTIAL": ({"SEQ_READ"}, {"RAND_READ"}),
    "DONTFORK": ({"DONTCOPY"}, set()),
    "DOFORK": (set(), {"DONTCOPY"}),
    "DONTDUMP": ({"DONTDUMP"}, set()),
    "DODUMP": (set(), {"DONTDUMP"}),
}
RIGHTS = ["READ", "WRITE", "EXEC"]
# From page number to the flags of its VMA.
pages: dict[int, frozenset] = {}
bug = "--bug" in sys.argv


class Refused(Exception):
    pass


class Failed(Exception):
    pass


def number(text):
    return int(text, 16)


def bits(names):
    return sum(int(each, 16) if each.startswith("0x") else PROTS[each] for each in names)


def rights(prot):
    return {name for name in RIGHTS if prot & PROTS[name]}


def length_in_pages(length):
    return ((length + PAGE - 1) % 2**64) // PAGE


def mmap(step):
    addr, length = number(step.get("addr", "0x0")), number(step["len"])
    if set(step["flags"]) != set(MAP_FLAGS):
        raise Refused("it maps private anonymous memory at fixed addresses")
    count = length_in_pages(length)
    if length == 0:
        raise Failed("EINVAL")
    if count == 0 or count > TASK_SIZE or addr > (TASK_SIZE - count) * PAGE:
        raise Failed("ENOMEM")
    if addr % PAGE != 0:
        raise Failed("EINVAL")
    if addr // PAGE < MIN_ADDR:
        raise Failed("EPERM")
    if count > 1 << 16:
        raise Refused("it maps 65536 pages at most")
    flags = rights(bits(step["prot"])) | {"MAYREAD", "MAYWRITE", "MAYEXEC"}
    if "WRITE" in flags:
        flags.add("ACCOUNT")
    for page in range(addr // PAGE, addr // PAGE + count):
        pages[page] = frozenset(flags)
    return step.get("addr", "0x0")


def munmap(step):
    addr, count = number(step["addr"]), length_in_pages(number(step["len"]))
    if addr % PAGE != 0 or addr > TASK_SIZE * PAGE or number(step["len"]) > TASK_SIZE * PAGE - addr or count == 0:
        raise Failed("EINVAL")
    for page in [each for each in pages if addr // PAGE <= each < addr // PAGE + count]:
        del pages[page]
    return 0


def mprotect(step):
    addr, length, prot = number(step["addr"]), number(step["len"]), bits(step["prot"])
    first, count = addr // PAGE, length_in_pages(length)
    grows = prot & (PROTS["GROWSDOWN"] | PROTS["GROWSUP"])
    if grows == PROTS["GROWSDOWN"] | PROTS["GROWSUP"] or addr % PAGE != 0:
        raise Failed("EINVAL")
    if length == 0:
        return 0
    if count == 0 or addr + count * PAGE >= 2**64:
        raise Failed("ENOMEM")
    prot &= ~grows
    if prot & ~15:
        raise Failed("EINVAL")
    if grows:
        raise Refused("its memory does not grow")
    if first not in pages:
        raise Failed("ENOMEM")
    hole = False
    for page in sorted(each for each in pages if first <= each < first + count):
        if page != first and page - 1 not in pages:
            hole = True
        if hole and not bug:
            break
        flags = (pages[page] - set(RIGHTS)) | rights(prot)
        pages[page] = flags | {"ACCOUNT"} if "WRITE" in flags else flags
    if hole or any(page not in pages for page in range(first, min(first + count, max(pages) + 2))):
        raise Failed("ENOMEM")
    return 0


def madvise(step):
    addr, length = number(step["addr"]), number(step["len"])
    if step["advice"] not in ADVICES:
        raise Refused("it does not know the advice")
    first, count = addr // PAGE, length_in_pages(length)
    if addr % PAGE != 0 or (length != 0 and count == 0) or addr + count * PAGE >= 2**64:
        raise Failed("EINVAL")
    added, removed = ADVICES[step["advice"]]
    inside = [each for each in pages if first <= each < first + count]
    for page in inside:
        pages[page] = (pages[page] - removed) | added
    if len(inside) < count:
        raise Failed("ENOMEM")
    return 0


def vmas():
    found = []
    for page in sorted(pages):
        if found and found[-1][1] == page and found[-1][2] == pages[page]:
            found[-1][1] = page + 1
        else:
            found.append([page, page + 1, pages[page]])
    return found


def digest():
    value = 0xCBF29CE484222325
    for start, end, flags in vmas():
        for each in (start * PAGE, end * PAGE, sum(PROTS[name] for name in flags & set(RIGHTS)), 0):
            value = (value ^ each) * 0x100000001B3 % 2**64
    return hex(value)


OPERATIONS = {"mmap": mmap, "munmap": munmap, "mprotect": mprotect, "madvise": madvise}


def apply(request):
    results = []
    for step in request["steps"]:
        try:
            result = {"ret": OPERATIONS[step["op"]](step)}
        except Failed as error:
            result = {"ret": str(error)}
        except Refused as why:
            results.append({"refused": str(why)})
            break
        if request["layouts"]:
            result["layout"] = digest()
        results.append(result)
    return {"results": results}


def answer(request):
    if request["request"] == "hello":
        return {"protocol": 1, "name": "python manager", "operations": list(OPERATIONS), "vmas": True, "vm_flags": True,
                "layouts": True, "fixed_only": True, "mmap_flags": MAP_FLAGS, "advices": list(ADVICES)}
    if request["request"] == "reset":
        pages.clear()
        files = request["setup"].get("files", [])
        return {"setup": {"vmacheck-trace": 1, "parameters": {}},
                "absent": [{"file": i + 1, "why": "it maps no files"} for i in range(len(files))]}
    if request["request"] == "apply":
        return apply(request)
    if request["request"] == "observe":
        shown = [{"start": hex(start * PAGE), "end": hex(end * PAGE), "flags": sorted(flags)} for start, end, flags in vmas()]
        return {"processes": [{"proc": 0, "vmas": shown}]}
    return {"bye": True}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
