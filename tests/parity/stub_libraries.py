"""Writes empty stand-ins for the CUDA libraries that PyTorch's Linux wheel is linked against.

The wheel on PyPI wants some 3 GB of NVIDIA libraries before it can be imported, and calls none of them on a CPU. This
script makes a library of stubs with the right versions for each, so that `import torch` works without them. Only
`nvidia-cuda-runtime`, which is small, must be real. Run it with the Python that has torch; needs gcc and binutils.
"""

import collections
import importlib.util
import pathlib
import re
import subprocess
import tempfile

SONAMES = (
    "libcusparse.so.12 libcufft.so.12 libcufile.so.0 libcusparseLt.so.0 libnccl.so.2 libcublas.so.13 libcublasLt.so.13 "
    "libcudnn.so.9 libnvrtc.so.13 libnvshmem_host.so.3 libcupti.so.13 libcusolver.so.12"
).split()
# The stand-in that takes the symbols without a version.
UNVERSIONED_HOME = "libcusparseLt.so.0"
NVIDIA = re.compile(r"(cu[a-zA-Z]+|nccl|nvshmem|nvrtc|cupti|cudnn|nvJit)")


def symbols(kind, library):
    listing = subprocess.run(["nm", "-D", kind, library], capture_output=True, text=True).stdout
    return [line.split()[-1] for line in listing.splitlines() if line.split()]


def main():
    site = pathlib.Path(importlib.util.find_spec("torch").origin).parent.parent
    folder = site / "torch" / "lib"
    real = [f for f in folder.glob("*.so") if f.name not in SONAMES]
    runtime = list(site.glob("nvidia/**/libcudart.so*"))
    defined = {s.split("@")[0] for f in real + runtime for s in symbols("--defined-only", f)}
    versions = collections.defaultdict(set)
    wanted = collections.defaultdict(set)
    for library in real:
        source = None
        listing = subprocess.run(["readelf", "-V", "-W", library], capture_output=True, text=True).stdout
        for line in listing.splitlines():
            if found := re.search(r"File: (\S+)", line):
                source = found.group(1)
            elif (found := re.search(r"Name: (\S+)\s+Flags", line)) and source:
                versions[source].add(found.group(1))
        for symbol in symbols("--undefined-only", library):
            name, _, version = symbol.partition("@")
            wanted[version.lstrip("@") or None].add(name)
    unversioned = sorted(s for s in wanted[None] if s not in defined and NVIDIA.match(s))

    with tempfile.TemporaryDirectory() as work:
        code, script = pathlib.Path(work, "stub.c"), pathlib.Path(work, "stub.ver")
        for soname in SONAMES:
            names = [n for v in sorted(versions[soname]) for n in sorted(wanted[v])]
            groups = "".join(
                f"{v} {{ global: {' '.join(n + ';' for n in sorted(wanted[v]))} }};\n" for v in sorted(versions[soname])
            )
            if soname == UNVERSIONED_HOME and not names:
                names = unversioned
            body = "".join(f"void* {n}(void) {{ return (void*)1; }}\n" for n in names)
            code.write_text(body or f"int stub_{soname.split('.')[0]} = 1;\n")
            command = ["gcc", "-shared", "-fPIC", "-w", f"-Wl,-soname,{soname}", "-o", folder / soname, code]
            if groups:
                script.write_text(groups)
                command.append(f"-Wl,--version-script={script}")
            subprocess.check_call(command)
            print(f"{soname}: {len(names)} symbols")


if __name__ == "__main__":
    main()
