"""The shipped network in every runtime that we can bring it into: for measuring which is fastest.

A runtime is made ready for one picture, float32 [1, 3, h, w] in [0, 1], and a number of threads; what comes out runs it
and returns the result. Optional packages: onnx and onnxruntime, openvino, ncnn and pnnx.
"""

import subprocess
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.onnx.engine import OnnxEngine
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.conditioning import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.prompts.interpretation import PromptEmbedding
from srgan_prompt.prompts.prompt import read_prompt

Run = Callable[[], np.ndarray]
Prepare = Callable[[np.ndarray, int], Run]


@dataclass(frozen=True)
class Runtimes:
    """The network of ``upscaler`` with the default request. Prepare and run under ``torch.no_grad()``."""

    upscaler: Upscaler

    def all(self) -> dict[str, Prepare]:
        """By name. Preparing one whose package is missing raises ModelError or ImportError."""
        return {
            "torch, channels_last": self.channels_last,
            "torch, default layout": self.default_layout,
            "torch, bf16": self.bf16,
            "torch.compile": self.compiled,
            "ONNX Runtime": lambda picture, threads: self.onnx(picture, threads, "fp32"),
            "ONNX Runtime, int8": lambda picture, threads: self.onnx(picture, threads, "int8"),
            "OpenVINO": lambda picture, threads: self.openvino(picture, threads, "f32"),
            "OpenVINO, bf16": lambda picture, threads: self.openvino(picture, threads, "bf16"),
            "ncnn": self.ncnn,
        }

    def channels_last(self, picture: np.ndarray, threads: int) -> Run:
        """Torch as ``upscale`` runs it."""
        return self._torch(self.engine, picture, threads)

    def bf16(self, picture: np.ndarray, threads: int) -> Run:
        """The same with ``--precision bf16``."""
        return self._torch(TorchEngine(self.engine.generator, "cpu", "bf16"), picture, threads)

    def default_layout(self, picture: np.ndarray, threads: int) -> Run:
        """Torch, pictures channel by channel."""
        torch.set_num_threads(threads)
        network, inputs = self._fixed(), self._inputs(picture)
        network.to(memory_format=torch.contiguous_format)
        return lambda: network(*inputs).numpy()

    def compiled(self, picture: np.ndarray, threads: int) -> Run:
        """``torch.compile`` for this size."""
        torch.set_num_threads(threads)
        torch.compiler.reset()
        network = torch.compile(self._fixed())
        image, context = self._inputs(picture)
        image = image.to(memory_format=torch.channels_last)
        return lambda: network(image, context).numpy()

    def onnx(self, picture: np.ndarray, threads: int, precision: str) -> Run:
        """Our own export with the prompt baked in, under ONNX Runtime."""
        path = self.folder / f"{precision}.onnx"
        if not path.exists():
            export_onnx(self.upscaler, path, bake=True, precision=precision)
        engine = OnnxEngine.load(path, threads)
        return lambda: engine.run(picture, None, engine.global_features(picture))

    def openvino(self, picture: np.ndarray, threads: int, precision: str) -> Run:
        """OpenVINO, from the traced network: its reader of ONNX crashes on our export (2026.4)."""
        import openvino

        inputs = self._inputs(picture)
        model = openvino.convert_model(self._traced(picture), example_input=inputs)
        options = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision}
        ready = openvino.Core().compile_model(model, "CPU", options)
        arrays = [each.numpy() for each in inputs]
        return lambda: ready(arrays)[0]

    def ncnn(self, picture: np.ndarray, threads: int) -> Run:
        """ncnn in float32, converted by pnnx for this size."""
        import ncnn
        import pnnx

        path, inputs = self.folder / "network.pt", self._inputs(picture)
        self._traced(picture).save(path)
        shapes = ",".join(str(list(each.shape)).replace(" ", "") for each in inputs)
        command = [pnnx.EXEC_PATH, path.name, f"inputshape={shapes}", "fp16=0"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        net = ncnn.Net()
        net.opt.num_threads = threads
        net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
        net.load_param(str(self.folder / "network.ncnn.param"))
        net.load_model(str(self.folder / "network.ncnn.bin"))
        arrays = [np.ascontiguousarray(each[0].numpy()) for each in inputs]

        def run() -> np.ndarray:
            with net.create_extractor() as extractor:
                for index, array in enumerate(arrays):
                    extractor.input(f"in{index}", ncnn.Mat(array))
                return np.array(extractor.extract("out0")[1])[None]

        return run

    @property
    def engine(self) -> TorchEngine:
        """The torch engine that all others are made from."""
        engine = self.upscaler.model.engine
        if not isinstance(engine, TorchEngine):
            raise UsageError(f"{self.upscaler.model.name} is no torch model of srgan_prompt; only those are compared.")
        return engine

    @cached_property
    def guidance(self) -> PromptEmbedding | None:
        """The default request."""
        return self.upscaler.interpret(read_prompt(None)).embedding

    @cached_property
    def folder(self) -> Path:
        """For converted files; gone when Python ends."""
        self.__dict__["_keeper"] = tempfile.TemporaryDirectory()
        return Path(self.__dict__["_keeper"].name)

    def _torch(self, engine: TorchEngine, picture: np.ndarray, threads: int) -> Run:
        torch.set_num_threads(threads)
        engine.generator.to(memory_format=torch.channels_last)
        return lambda: engine.run(picture, self.guidance, engine.global_features(picture))

    def _fixed(self) -> "_Fixed":
        if self.guidance is None:
            raise UsageError(f"{self.upscaler.model.name} takes no prompts; the graphs compared here hold one.")
        return _Fixed(self.engine.generator, self.engine.steering(self.guidance, 1)).eval()

    def _inputs(self, picture: np.ndarray) -> tuple[Tensor, Tensor]:
        image = torch.from_numpy(np.ascontiguousarray(picture))
        return image, self.engine.generator.context(image)

    def _traced(self, picture: np.ndarray) -> torch.jit.ScriptModule:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing is for one size, and that is all we want
            return torch.jit.trace(self._fixed(), self._inputs(picture), check_trace=False)


class _Fixed(nn.Module):
    """(image, context) -> result, for one clause that is steered at weight 1; the text tower's work is done."""

    def __init__(self, generator: Generator, steering: TextConditioning) -> None:
        super().__init__()
        self.generator = generator
        self.steering = _OneClause(generator.text_tower(steering.texts), steering.weights)

    def forward(self, image: Tensor, context: Tensor) -> Tensor:
        return self.generator(image, self.steering, context)


class _OneClause(TextConditioning):
    """``texts`` are projected already."""

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> TextConditioning:
        return self

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        return change(self.texts[:, 0])
