from ladder.machine import processor


def test_the_first_processor_is_described_line_by_line(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    first = "processor\t: 0\nmodel name : An Example: fast\nflags\t: fpu avx2\n"
    cpuinfo.write_text(f"{first}\nprocessor : 1\nflags : sse\n")
    described = processor.description(cpuinfo)
    assert described == {"processor": "0", "model name": "An Example: fast", "flags": "fpu avx2"}
    assert processor.flags(described) == {"fpu", "avx2"}


def test_the_features_of_arm_are_its_flags(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("Features\t: fp asimd\n")
    assert processor.flags(processor.description(cpuinfo)) == {"fp", "asimd"}


def test_where_the_system_does_not_tell_nothing_is_known(tmp_path):
    assert processor.description(tmp_path / "nowhere") == {}
    assert processor.flags({}) == set()


def test_variables_of_kernels_are_told_apart_from_numbers_of_threads(monkeypatch):
    for name in (*processor.kernel_variables(), "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    steering = {"MKL_CBWR": "AVX2", "OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX2"}
    for name, value in (steering | {"MKL_NUM_THREADS": "4", "HOME_MKL_CBWR": "no"}).items():
        monkeypatch.setenv(name, value)
    assert processor.kernel_variables() == steering
