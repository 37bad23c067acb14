import platform

from ladder.machine import environment, processor


def machine_with(monkeypatch, path):
    monkeypatch.setattr(processor, "CPUINFO", path)
    return environment.machine()


def test_a_processor_is_told_by_its_name_numbers_and_instructions(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    first = "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\nstepping\t: 1\n"
    second = "processor\t: 1\nmodel name\t: another\nflags\t\t: avx512_bf16\n"
    path.write_text(f"{first}flags\t\t: fpu avx2 avx512f sse4a fma\n\n{second}\n")
    machine = machine_with(monkeypatch, path)
    assert machine["cpu"] == "AMD EPYC, cpu family 26, model 2, stepping 1"
    assert machine["flags"] == ["avx2", "fma", "avx512f"]


def test_a_processor_of_arm_has_numbers_and_features(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nFeatures\t: fp asimd sve bf16\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n\n")
    machine = machine_with(monkeypatch, path)
    assert machine["cpu"] == "CPU implementer 0x41, CPU part 0xd40"
    assert machine["flags"] == ["asimd", "sve", "bf16"]


def test_a_mac_is_asked_by_sysctl(tmp_path, monkeypatch):
    tool = tmp_path / "sysctl"
    lines = ("machdep.cpu.brand_string: Apple M3", "hw.optional.arm.FEAT_BF16: 1", "hw.optional.arm.FEAT_SME: 0")
    tool.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    machine = machine_with(monkeypatch, tmp_path / "no cpuinfo")
    assert (machine["cpu"], machine["flags"]) == ("Apple M3", ["bf16"])


def test_a_machine_without_either_is_told_without(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    machine = machine_with(monkeypatch, tmp_path / "no cpuinfo")
    assert machine["flags"] == []
    assert machine["architecture"] == platform.machine()


def test_only_variables_that_steer_the_arithmetic_are_told(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setenv("SECRET", "s")
    variables = environment.variables()
    assert variables["ONEDNN_MAX_CPU_ISA"] == "AVX2"
    assert "SECRET" not in variables
    assert all(processor.KERNELS.match(name) or name in environment.THREADS for name in variables)
