# Not built where it was written: there was no container engine at hand.
FROM golang:1.26.8 AS build
ARG VERSION=unknown
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make build VERSION="$VERSION" && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/voucherswitch /voucherswitch
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /
VOLUME /data
EXPOSE 8080 8081
ENTRYPOINT ["/voucherswitch"]
CMD ["serve", "--config", "/etc/voucherswitch/config.yaml"]
