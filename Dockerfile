# klantbus as an image: the command line and everything that it starts. Nothing in it runs as root.
FROM python:3.11-slim

RUN useradd --uid 1000 --create-home klantbus
WORKDIR /opt/klantbus

# what changes seldom goes first, so that a change of ours builds in seconds
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .

USER klantbus
ENTRYPOINT ["klantbus"]
