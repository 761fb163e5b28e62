# Builds one static binary and puts it into an empty image, with the faces that a gazette falls back to for rare characters.
FROM node:22-bookworm-slim AS fonts
COPY deploy/fallback-fonts /
RUN apt-get -qq update && /fallback-fonts /fonts

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /tongfa ./cmd/tongfa \
	&& mkdir -p /empty/data /empty/tmp && chmod 1777 /empty/tmp

FROM scratch
# The zone database is in the binary; certificates for WeChat's interface are not.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=10001:10001 /empty/data /data
COPY --from=build /empty/tmp /tmp
COPY --from=build /tongfa /tongfa
# Every Han character of GB 18030 (45 MB): read only for a character that no other face has.
COPY --from=fonts /fonts /fonts
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/tongfa"]
CMD ["--config", "/data/tongfa.yaml", "serve"]
