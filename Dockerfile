# klantbus as an image: the command line and everything that it starts. Nothing in it runs as root.
FROM python:3.11 AS compiled

WORKDIR /src
# what changes seldom goes first, so that a change of ours builds in minutes
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN KLANTBUS_COMPILE=1 pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.11-slim

RUN useradd --uid 1000 --create-home klantbus
WORKDIR /opt/klantbus

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY --from=compiled /wheels /wheels
RUN pip install --no-cache-dir --no-deps /wheels/*.whl

USER klantbus
ENTRYPOINT ["klantbus"]
